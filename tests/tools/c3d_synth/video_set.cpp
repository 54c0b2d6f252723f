#include <cmath>
#include <fstream>
#include <iterator>

#include "catch.h"
#include "data/video_reader.h"
#include "engine/core/error.h"
#include "tests/support/scratch_folder.h"
#include "tools/c3d_synth/video_set.h"

namespace c3d {
namespace {

constexpr int kFrames = 9, kVideoWidth = 128, kVideoHeight = 64;

VideoSetOptions small_set(const std::filesystem::path& folder, Play play = Play::forward) {
  VideoSetOptions options;
  options.folder = folder;
  options.per_class = 1;
  options.play = play;
  options.frames = kFrames;
  options.width = kVideoWidth;
  options.height = kVideoHeight;
  return options;
}

void write(const VideoSetOptions& options) {
  write_video_set(options, [](std::int64_t, std::int64_t) {});
}

using Frame = std::vector<std::uint8_t>;

std::vector<Frame> frames_of(const std::filesystem::path& path) {
  VideoReader reader(path);
  std::vector<Frame> frames;
  Frame frame(std::size_t{3} * kVideoWidth * kVideoHeight);
  while (reader.next(frame)) frames.push_back(frame);
  return frames;
}

double difference(const Frame& a, const Frame& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::abs(int{a[i]} - int{b[i]});
  return sum / static_cast<double>(a.size());
}

TEST_CASE("a set has a folder for each class, and the same bytes for any number of threads") {
  const ScratchFolder folder;
  VideoSetOptions one = small_set(folder / "one"), three = small_set(folder / "three");
  three.threads = 3;
  write(one);
  write(three);
  for (const Motion motion : kMotions) {
    const auto name =
        std::filesystem::path(to_string(motion)) / (std::string(to_string(motion)) + "_0001.mp4");
    const std::string bytes = read_text(one.folder / name);
    CHECK(bytes.size() > 500);
    const bool same = bytes == read_text(three.folder / name);
    CHECK(same);
  }
}

TEST_CASE("backward shows forward's frames from the last to the first, still its middle one") {
  const ScratchFolder folder;
  for (const auto& [name, play] :
       {std::pair{"forward", Play::forward}, {"backward", Play::backward}, {"still", Play::still}}) {
    CHECK(parse_play(name) == play);
    write(small_set(folder / name, play));
  }
  const auto forward = frames_of(folder / "forward/right/right_0001.mp4");
  const auto backward = frames_of(folder / "backward/right/right_0001.mp4");
  const auto still = frames_of(folder / "still/right/right_0001.mp4");
  REQUIRE(forward.size() == kFrames);
  REQUIRE(backward.size() == kFrames);
  REQUIRE(still.size() == 16);
  const double coding = 8;  // levels that the encoder may change
  for (int i = 0; i < kFrames; ++i) CHECK(difference(forward[i], backward[kFrames - 1 - i]) < coding);
  for (const Frame& frame : still) CHECK(difference(frame, forward[kFrames / 2]) < coding);
  CHECK(difference(forward.front(), forward.back()) > 1.5 * coding);
}

TEST_CASE("a set that cannot be written is an error") {
  const ScratchFolder folder;
  std::ofstream(folder / "file") << "in the way";
  CHECK_THROWS(write(small_set(folder / "file")));
  CHECK_THROWS_AS(parse_play("sideways"), Error);
  CHECK_THROWS_AS(parse_look("sideways"), Error);
}

}  // namespace
}  // namespace c3d
