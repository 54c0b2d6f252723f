#include "data/fps_filter.h"

#include <vector>

#include "catch.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

using Tick = std::optional<std::int64_t>;

// The decoded frames, by number, in the order that the filter gives them; restart: before this frame.
std::vector<int> given(const std::vector<Tick>& ticks, std::int64_t end, int restart = -1) {
  FpsFilter filter;
  std::vector<int> frames;
  int frame = 0;
  for (const Tick& tick : ticks) {
    if (frame == restart) filter.restart();
    for (std::int64_t left = filter.next(tick).count; left > 0; --left) frames.push_back(frame - 1);
    ++frame;
  }
  for (std::int64_t left = filter.finish(end).count; left > 0; --left) frames.push_back(frame - 1);
  return frames;
}

TEST_CASE("a frame is given until the tick of the next one, and the last one until the end") {
  CHECK(given({0, 1, 2}, 3) == std::vector<int>{0, 1, 2});
  CHECK(given({0, 3, 4}, 6) == std::vector<int>{0, 0, 0, 1, 2, 2});
  CHECK(given({7, 8}, 9) == std::vector<int>{0, 1});
}

TEST_CASE("of frames that share a tick the last is given") {
  CHECK(given({0, 0, 1, 1, 2, 2}, 3) == std::vector<int>{1, 3, 5});
}

TEST_CASE("a video that is over at its first tick gives no frame") {
  CHECK(given({0}, 0).empty());
  CHECK(given({}, 5).empty());
}

TEST_CASE("frames without a time do not begin the count and take the place of the one before") {
  CHECK(given({Tick(), Tick(), 5, 6}, 7) == std::vector<int>{2, 3});
  CHECK(given({0, Tick(), 3}, 4) == std::vector<int>{1, 1, 1, 2});
  CHECK(given({Tick(), Tick()}, 7).empty());
}

TEST_CASE("frames that go back in time are dropped") {
  CHECK(given({0, 5, 2, 6}, 7) == std::vector<int>{0, 0, 0, 0, 0, 2, 3});
}

TEST_CASE("the frame before a change of size is lost, and the count starts anew") {
  CHECK(given({0, 1, 2, 3}, 4, 2) == std::vector<int>{0, 2, 3});
}

TEST_CASE("the filter says at which tick a copy is shown") {
  FpsFilter filter;
  CHECK(filter.next(4).count == 0);
  const FpsFilter::Copies first = filter.next(6), last = filter.finish(7);
  CHECK(first.tick == 4);
  CHECK(first.count == 2);
  CHECK(last.tick == 6);
  CHECK(last.count == 1);
}

TEST_CASE("a time stamp of another age is an error and not a million copies") {
  FpsFilter filter;
  filter.next(0);
  CHECK_THROWS_WITH(filter.next(1'000'000'000), Catch::Contains("1000000000 frames"));
}

}  // namespace
}  // namespace c3d
