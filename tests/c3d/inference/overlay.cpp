#include "c3d/inference/overlay.h"

#include <sys/stat.h>

#include "catch.h"
#include "engine/core/error.h"
#include "tests/support/scratch_folder.h"

namespace c3d {
namespace {

using Range = std::pair<std::size_t, std::size_t>;

TEST_CASE("the clips that show a frame speak for it") {
  const std::vector<std::int64_t> starts{0, 8, 16};
  CHECK(clips_of_frame(starts, 16, 0) == Range{0, 1});
  CHECK(clips_of_frame(starts, 16, 8) == Range{0, 2});
  CHECK(clips_of_frame(starts, 16, 15) == Range{0, 2});
  CHECK(clips_of_frame(starts, 16, 16) == Range{1, 3});
  CHECK(clips_of_frame(starts, 16, 31) == Range{2, 3});
}

TEST_CASE("a frame between clips or behind them keeps the last one") {
  const std::vector<std::int64_t> starts{0, 40};
  CHECK(clips_of_frame(starts, 16, 20) == Range{0, 1});
  CHECK(clips_of_frame(starts, 16, 39) == Range{0, 1});
  CHECK(clips_of_frame(starts, 16, 60) == Range{1, 2});
}

TEST_CASE("an overlay of a pipe is refused and does not wait for a second reading") {
  const ScratchFolder folder;
  REQUIRE(mkfifo((folder / "pipe").c_str(), 0600) == 0);
  const FrameLabels none;
  const auto labels_at = [&](std::int64_t /*frame*/) -> const FrameLabels& { return none; };
  CHECK_THROWS_WITH(write_overlay(folder / "pipe", folder / "out.mp4", 25, labels_at),
                    Catch::Contains("is a pipe"));
  CHECK_FALSE(std::filesystem::exists(folder / "out.mp4"));
}

}  // namespace
}  // namespace c3d
