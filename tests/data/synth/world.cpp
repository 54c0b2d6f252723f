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
  CHECK(sum == 0xea457f986e3649d6ull);
}

// The first scenes of a motion before a camera that stands still, of those that `wanted` picks.
template <typename Wanted>
std::vector<ScenePlan> still_scenes(std::int32_t motion, std::size_t count, const Wanted& wanted) {
  std::vector<ScenePlan> plans;
  for (std::uint64_t index = 0; plans.size() < count; ++index) {
    const ScenePlan plan = plan_scene(7, index, motion);
    const auto camera = static_cast<CameraMove>(plan.labels[SceneAttribute::camera]);
    if (camera == CameraMove::still && wanted(plan.labels)) plans.push_back(plan);
  }
  return plans;
}

TEST_CASE("every class moves before a camera that stands still") {
  for (std::size_t motion = 0; motion < motion_classes(); ++motion) {
    // The mean over a few scenes: one by itself may show little.
    double moved = 0;
    constexpr std::size_t kScenes = 4;
    const auto any = [](const SceneLabels&) { return true; };
    for (const ScenePlan& plan : still_scenes(static_cast<std::int32_t>(motion), kScenes, any)) {
      SceneRenderer scene(plan, kUsual);
      const Frame first = render(scene, kUsual, 0), middle = render(scene, kUsual, 8),
                  last = render(scene, kUsual, 15);
      moved += (difference(first, middle) + difference(middle, last)) / (2 * kScenes);
    }
    INFO(scene_attributes()[0].values[motion]);
    CHECK(moved > 1);
  }
}

// Where the picture changes between two frames: the mean column, from 0 to 1.
double changing_column(const Frame& a, const Frame& b, const SceneSize& size) {
  double sum = 0, weight = 1e-9;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double change = std::abs(int{a[i]} - int{b[i]});
    sum += change * static_cast<double>(i / 3 % static_cast<std::size_t>(size.width));
    weight += change;
  }
  return sum / weight / size.width;
}

TEST_CASE("what travels goes the way its label says") {
  for (const Direction way : {Direction::left, Direction::right}) {
    const auto goes_so = [&](const SceneLabels& labels) {
      return static_cast<Direction>(labels[SceneAttribute::direction]) == way &&
             labels[SceneAttribute::playback] == 0;
    };
    int agree = 0;
    constexpr std::size_t kScenes = 12;
    for (const ScenePlan& plan : still_scenes(parse_motion_class("travel"), kScenes, goes_so)) {
      const std::vector<Frame> clip = clip_of(plan, kUsual);
      const double begin = changing_column(clip[0], clip[2], kUsual);
      const double end = changing_column(clip[13], clip[15], kUsual);
      agree += (end > begin) == (way == Direction::right) ? 1 : 0;
    }
    INFO("way " << static_cast<int>(way));
    CHECK(agree >= 10);  // light and lesser things move, too
  }
}

// Means of the colours in 8 x 6 blocks.
std::vector<double> block_means(const Frame& frame, const SceneSize& size) {
  constexpr std::size_t kAcross = 8, kDown = 6;
  std::vector<double> means(kAcross * kDown * 3, 0);
  const auto width = static_cast<std::size_t>(size.width), height = static_cast<std::size_t>(size.height);
  const double pixels = static_cast<double>(width / kAcross * (height / kDown));
  for (std::size_t y = 0; y < height; ++y) {
    for (std::size_t x = 0; x < width; ++x) {
      const std::size_t block = y * kDown / height * kAcross + x * kAcross / width;
      for (std::size_t c = 0; c < 3; ++c) means[block * 3 + c] += frame[(y * width + x) * 3 + c] / pixels;
    }
  }
  return means;
}

double difference(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::abs(a[i] - b[i]);
  return sum / static_cast<double>(a.size());
}

// Films have grain, blur and blocks that are as large as pixels, so sizes differ somewhat.
TEST_CASE("scenes of any size and number of frames show the same") {
  const SceneSize small{96, 72, 5}, large{320, 240, 5}, long_one{96, 72, 10};
  double by_size = 0, by_frames = 0, by_scene = 0;
  std::vector<double> before;
  for (std::uint64_t index = 0; index < 8; ++index) {
    const ScenePlan plan = plan_scene(1, index);
    const std::vector<Frame> a = clip_of(plan, small), b = clip_of(plan, large), c = clip_of(plan, long_one);
    for (std::size_t i = 0; i < a.size(); ++i) {
      const std::vector<double> means = block_means(a[i], small);
      by_size += difference(means, block_means(b[i], large));
      by_frames += difference(means, block_means(c[2 * i], long_one));
      if (!before.empty()) by_scene += difference(means, before);
    }
    before = block_means(a[0], small);
  }
  CHECK(by_size < by_scene / 4);
  CHECK(by_frames < by_scene / 4);
  CHECK(clip_of(plan_scene(1, 8), {16, 16, 1}).size() == 1);
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
