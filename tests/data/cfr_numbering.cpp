#include "data/cfr_numbering.h"

#include <vector>

#include "catch.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

// The decoded frames in the order that ffmpeg would write them.
std::vector<int> written(const std::vector<double>& positions, double duration = 1, bool alone = false) {
  CfrNumbering numbering(alone);
  std::vector<int> frames;
  int frame = 0;
  const auto give = [&](int number, std::int64_t copies) {
    for (std::int64_t i = 0; i < copies; ++i) frames.push_back(number);
  };
  for (const double position : positions) {
    const CfrNumbering::Copies copies = numbering.next(position, duration);
    give(frame - 1, copies.of_last);
    give(frame++, copies.of_this);
  }
  give(frame - 1, numbering.copies_at_end());
  return frames;
}

TEST_CASE("frames on their ticks are written once") {
  CHECK(written({0, 1, 2, 3}) == std::vector<int>{0, 1, 2, 3});
}

TEST_CASE("a first frame that is one tick late is doubled") {
  CHECK(written({1, 2, 3}) == std::vector<int>{0, 0, 1, 2});
}

TEST_CASE("a late first frame starts the count where nothing else is in the file") {
  CHECK(written({7, 8, 9}, 1, true) == std::vector<int>{0, 1, 2});
  CHECK(written({7, 8, 11}, 1, true) == std::vector<int>{0, 1, 1, 2, 2});
}

TEST_CASE("a frame without a time is dropped") {
  CfrNumbering numbering;
  CHECK(numbering.next(0, 1).of_this == 1);
  const CfrNumbering::Copies unstamped = numbering.next_unstamped();
  CHECK(unstamped.of_last + unstamped.of_this == 0);
  CHECK(numbering.next(1, 1).of_this == 1);
}

TEST_CASE("a gap is filled with the frame before") {
  CHECK(written({0, 1, 4, 5}) == std::vector<int>{0, 1, 1, 2, 2, 3});
}

TEST_CASE("frames that come too fast are dropped") {
  // Twice the rate: every second one is more than a tick early.
  const std::vector<int> half = written({0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5});
  CHECK(half.size() < 8);
  CHECK(half.front() == 0);
}

TEST_CASE("a little jitter changes nothing") {
  CHECK(written({0, 1.05, 1.95, 3.05, 3.98}) == std::vector<int>{0, 1, 2, 3, 4});
}

TEST_CASE("a time stamp of another age is an error not a million copies") {
  CfrNumbering numbering;
  CHECK_THROWS_AS(numbering.next(1e9, 1), Error);
}

}  // namespace
}  // namespace c3d
