#include "data/synthetic_source.h"

#include <algorithm>

#include "catch.h"
#include "data/clip_loader.h"
#include "engine/core/error.h"
#include "kernels/reference/reference_backend.h"
#include "tests/data/numbered_videos.h"

namespace c3d {
namespace {

ClipSpec square_spec() {
  ClipSpec spec;
  spec.resize_width = 40;
  spec.resize_height = 32;
  spec.crop = 28;
  return spec;
}

std::vector<std::uint8_t> read_frame(FrameSource& source, std::int64_t number) {
  std::vector<std::uint8_t> frame(static_cast<std::size_t>(source.width()) *
                                  static_cast<std::size_t>(source.height()) * 3);
  source.read(number, 1, 1, frame);
  return frame;
}

TEST_CASE("moving squares move by class, over a background that stands still") {
  const Dataset dataset = moving_squares(2, 24);
  REQUIRE(dataset.labels == std::vector<std::string>{"right", "left", "down", "up"});
  REQUIRE(dataset.videos.size() == 8);
  const OpenVideo open = open_moving_squares(square_spec(), 3);
  const auto right = open(dataset.videos[0]), again = open(dataset.videos[0]),
             other = open(dataset.videos[1]);
  REQUIRE(right->frame_count() == 24);
  REQUIRE(read_frame(*right, 5) == read_frame(*again, 5));
  REQUIRE(read_frame(*right, 5) != read_frame(*right, 6));
  REQUIRE(read_frame(*right, 5) != read_frame(*other, 5));
  std::vector<std::uint8_t> beyond(40 * 32 * 3);
  REQUIRE_THROWS_AS(right->read(24, 1, 1, beyond), Error);
}

TEST_CASE("the column of a square grows to the right and shrinks to the left") {
  const Dataset dataset = moving_squares(1, 24);
  const OpenVideo open = open_moving_squares(square_spec(), 0);
  // The square is at least 160 bright in every colour, the background at most 127.
  const auto columns = [&](std::size_t video, std::int64_t number) {
    const auto source = open(dataset.videos[video]);
    const std::vector<std::uint8_t> frame = read_frame(*source, number);
    std::vector<bool> bright(40);
    for (std::size_t i = 0; i < frame.size(); i += 3) {
      if (frame[i] >= 160) bright[i / 3 % 40] = true;
    }
    return bright;
  };
  const auto moved_by_one_step = [&](std::size_t video, std::size_t step) {
    std::vector<bool> before = columns(video, 0);
    std::rotate(before.begin(), before.begin() + static_cast<std::ptrdiff_t>(step), before.end());
    return before == columns(video, 1);
  };
  REQUIRE((moved_by_one_step(0, 39) || moved_by_one_step(0, 38)));
  REQUIRE((moved_by_one_step(1, 1) || moved_by_one_step(1, 2)));
  REQUIRE(moved_by_one_step(2, 0));
}

TEST_CASE("a loader reads moving squares like any videos") {
  const auto backend = make_reference_backend();
  LoaderOptions options;
  options.batch = 8;
  options.workers = 3;
  ClipLoader loader(*backend, moving_squares(4, 24), square_spec(), options,
                    open_moving_squares(square_spec(), 0));
  loader.start_epoch(0);
  REQUIRE(rest_of_epoch(loader).size() == 2);
  REQUIRE(loader.failures().empty());
}

TEST_CASE("a random batch is full, within its ranges, and the same each time") {
  const auto backend = make_reference_backend();
  RandomBatch source(*backend, square_spec(), {6, 3, 5, 9});
  REQUIRE(source.next() == nullptr);
  source.start_epoch(0);
  const std::vector<BatchCopy> batches = rest_of_epoch(source);
  REQUIRE(batches.size() == 3);
  REQUIRE(batches[0] == batches[2]);
  REQUIRE(batches[0].size == 6);
  for (const std::int32_t label : batches[0].labels) REQUIRE((label >= 0 && label < 5));
  for (std::size_t row = 0; row < 6; ++row) {
    REQUIRE((batches[0].crops[3 * row] >= 0 && batches[0].crops[3 * row] <= 4));
    REQUIRE((batches[0].crops[3 * row + 1] >= 0 && batches[0].crops[3 * row + 1] <= 12));
  }
  std::vector<int> histogram(256);
  for (const std::uint8_t byte : batches[0].frames) ++histogram[byte];
  const double expected = static_cast<double>(batches[0].frames.size()) / 256;
  for (const int count : histogram) REQUIRE(std::abs(count - expected) < 0.15 * expected);
  source.start_epoch(1, 2);
  REQUIRE(rest_of_epoch(source).size() == 1);
}

}  // namespace
}  // namespace c3d
