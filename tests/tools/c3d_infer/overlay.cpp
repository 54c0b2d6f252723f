#include "tools/c3d_infer/overlay.h"
#include "catch.h"

namespace c3d {
namespace {

using Range = std::pair<std::size_t, std::size_t>;

TEST_CASE("the_clips_that_show_a_frame_speak_for_it") {
  const std::vector<std::int64_t> starts{0, 8, 16};
  CHECK(clips_of_frame(starts, 16, 0) == Range{0, 1});
  CHECK(clips_of_frame(starts, 16, 8) == Range{0, 2});
  CHECK(clips_of_frame(starts, 16, 15) == Range{0, 2});
  CHECK(clips_of_frame(starts, 16, 16) == Range{1, 3});
  CHECK(clips_of_frame(starts, 16, 31) == Range{2, 3});
}

TEST_CASE("a_frame_between_clips_or_behind_them_keeps_the_last_one") {
  const std::vector<std::int64_t> starts{0, 40};
  CHECK(clips_of_frame(starts, 16, 20) == Range{0, 1});
  CHECK(clips_of_frame(starts, 16, 39) == Range{0, 1});
  CHECK(clips_of_frame(starts, 16, 60) == Range{1, 2});
}

}  // namespace
}  // namespace c3d
