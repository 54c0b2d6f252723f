#include "data/synth/world.h"

#include <cmath>
#include <thread>
#include <vector>

#include "catch.h"
#include "engine/core/error.h"

namespace c3d::synth {
namespace {

using Frame = std::vector<std::uint8_t>;

Frame render(SceneRenderer& scene, const SceneSize& size, int number) {
  Frame frame(static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height) * 3);
  scene.render(number, frame);
  return frame;
}

std::vector<Frame> clip_of(const ScenePlan& plan, const SceneSize& size) {
  SceneRenderer scene(plan, size);
  std::vector<Frame> frames;
  for (int i = 0; i < size.frames; ++i) frames.push_back(render(scene, size, i));
  return frames;
}

double difference(const Frame& a, const Frame& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::abs(int{a[i]} - int{b[i]});
  return sum / static_cast<double>(a.size());
}

constexpr SceneSize kUsual{};

TEST_CASE(
    "a scene is the same for the same numbers, in any order and on any thread, and another for others") {
  const ScenePlan plan = plan_scene(1, 12);
  const std::vector<Frame> clip = clip_of(plan, kUsual);
  SceneRenderer again(plan, kUsual);
  for (const int number : {15, 3, 8, 0})
    CHECK(render(again, kUsual, number) == clip[static_cast<std::size_t>(number)]);
  std::vector<Frame> elsewhere;
  std::jthread([&] { elsewhere = clip_of(plan, kUsual); }).join();
  CHECK(elsewhere == clip);
  CHECK(clip_of(plan_scene(1, 13), kUsual) != clip);
  CHECK(clip_of(plan_scene(2, 12), kUsual) != clip);
}

// FNV-1a.
std::uint64_t sum_of(const std::vector<Frame>& frames, std::uint64_t sum) {
  for (const Frame& frame : frames) {
    for (const std::uint8_t byte : frame) sum = (sum ^ byte) * 0x100000001b3ull;
  }
  return sum;
}

// Every compiler and processor must give these bytes. A change to the world changes them: then this number is
// to be replaced by what the test prints.
TEST_CASE("one scene of each class has the bytes it has everywhere") {
  std::uint64_t sum = 0xcbf29ce484222325ull;
  for (std::size_t motion = 0; motion < motion_classes(); ++motion) {
    sum = sum_of(clip_of(plan_scene(11, motion, static_cast<std::int32_t>(motion)), {96, 72, 5}), sum);
  }
  CHECK(sum == 0x754f56b107dbce71ull);
}

TEST_CASE("every class moves") {
  for (std::size_t motion = 0; motion < motion_classes(); ++motion) {
    // The mean over a few scenes: one by itself may show little.
    double moved = 0;
    constexpr std::uint64_t kScenes = 4;
    for (std::uint64_t index = 0; index < kScenes; ++index) {
      const ScenePlan plan = plan_scene(7, index, static_cast<std::int32_t>(motion));
      SceneRenderer scene(plan, kUsual);
      const Frame first = render(scene, kUsual, 0), middle = render(scene, kUsual, 8),
                  last = render(scene, kUsual, 15);
      moved += (difference(first, middle) + difference(middle, last)) / (2 * kScenes);
    }
    INFO(scene_attributes()[0].values[motion]);
    CHECK(moved > 1);
  }
}

TEST_CASE("scenes of any size show the same") {
  const ScenePlan plan = plan_scene(1, 30, parse_motion_class("jumping_jacks"));
  for (const SceneSize& size : {SceneSize{112, 112, 16}, SceneSize{320, 240, 4}, SceneSize{16, 16, 1}}) {
    CHECK(clip_of(plan, size).size() == static_cast<std::size_t>(size.frames));
  }
}

TEST_CASE("sizes and frames that are none are errors") {
  const ScenePlan plan = plan_scene(1, 1);
  CHECK_THROWS_WITH(SceneRenderer(plan, {8, 128, 16}), Catch::Contains("8x128"));
  CHECK_THROWS_AS(SceneRenderer(plan, {171, 4096, 16}), Error);
  CHECK_THROWS_AS(SceneRenderer(plan, {171, 128, 0}), Error);
  SceneRenderer scene(plan, kUsual);
  Frame frame(171 * 128 * 3), small(100);
  CHECK_THROWS_AS(scene.render(16, frame), Error);
  CHECK_THROWS_AS(scene.render(-1, frame), Error);
  CHECK_THROWS_AS(scene.render(0, small), Error);
}

}  // namespace
}  // namespace c3d::synth
