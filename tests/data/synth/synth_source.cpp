#include "data/synth/synth_source.h"

#include <algorithm>
#include <set>
#include <span>

#include "catch.h"
#include "engine/core/error.h"

namespace c3d::synth {
namespace {

constexpr SceneSize kSmall{64, 48, 8};

TEST_CASE("a dataset of the world has the motions as classes and a scene for each index") {
  const Dataset dataset = synth_dataset(1, 0, 500, 16);
  CHECK(dataset.labels.size() == motion_classes());
  REQUIRE(dataset.videos.size() == 500);
  std::set<std::filesystem::path> paths;
  for (std::size_t i = 0; i < dataset.videos.size(); ++i) {
    const Video& video = dataset.videos[i];
    CHECK(video.frames == 16);
    CHECK(scene_index(video) == i);
    CHECK(video.label == plan_scene(1, i).labels[SceneAttribute::motion]);
    paths.insert(video.path);
  }
  CHECK(paths.size() == 500);
  const Dataset next = synth_dataset(1, 500, 3, 16);
  CHECK(scene_index(next.videos[0]) == 500);
}

TEST_CASE("attributes are a label set, a value of each") {
  const Dataset dataset = synth_dataset(1, 0, 50, 16, SceneTargets::attributes);
  CHECK(dataset.has_label_sets);
  for (std::size_t i = 0; i < dataset.videos.size(); ++i) {
    const SceneLabels labels = plan_scene(1, i).labels;
    const std::vector<std::int32_t>& set = dataset.videos[i].label_set;
    REQUIRE(set.size() == kSceneAttributes);
    for (std::size_t k = 0; k < kSceneAttributes; ++k) {
      const Attribute& attribute = scene_attributes()[k];
      CHECK(dataset.labels.at(static_cast<std::size_t>(set[k])) ==
            fmt::format("{}: {}", attribute.name, name_of(labels, static_cast<SceneAttribute>(k))));
    }
  }
}

TEST_CASE("a video of the world gives its scene's frames, at any stride") {
  const Dataset dataset = synth_dataset(2, 40, 1, kSmall.frames);
  const auto source = open_synth(2, kSmall)(dataset.videos[0]);
  CHECK(source->frame_count() == 8);
  CHECK(source->width() == 64);
  CHECK(source->height() == 48);
  constexpr std::size_t kFrame = 64 * 48 * 3;
  std::vector<std::uint8_t> read(3 * kFrame), rendered(kFrame);
  source->read(1, 3, 3, read);
  SceneRenderer renderer(plan_scene(2, 40), kSmall);
  for (std::size_t i = 0; i < 3; ++i) {
    renderer.render(static_cast<int>(1 + 3 * i), rendered);
    CHECK(
        std::equal(rendered.begin(), rendered.end(), read.begin() + static_cast<std::ptrdiff_t>(i * kFrame)));
  }
  CHECK_THROWS_AS(source->read(2, 3, 3, read), Error);
}

TEST_CASE("played clips show their scene's moments in the order and at the pace that their label says") {
  constexpr SceneSize kSixteen{64, 48, 16};
  constexpr std::size_t kFrame = 64 * 48 * 3;
  const Dataset dataset = synth_dataset(3, 0, 60, kSixteen.frames, SceneTargets::playback);
  CHECK(dataset.labels.size() == 6);
  CHECK_FALSE(dataset.has_label_sets);
  std::set<std::string> seen;
  std::vector<std::uint8_t> read(16 * kFrame), rendered(kFrame);
  for (const Video& video : dataset.videos) {
    const std::string name = dataset.labels.at(static_cast<std::size_t>(video.label));
    if (!seen.insert(name).second) continue;  // one of each is enough
    ScenePlan plan = plan_scene(3, scene_index(video));
    if (name.ends_with(", fast")) plan.seconds *= 2;
    SceneRenderer renderer(plan, kSixteen);
    std::vector<std::vector<int>> orders;
    for (const std::vector<int>& quarters : name.starts_with("shuffled")
                                                ? std::vector<std::vector<int>>{{1, 3, 0, 2}, {2, 0, 3, 1}}
                                                : std::vector<std::vector<int>>{{0, 1, 2, 3}}) {
      std::vector<int>& order = orders.emplace_back();
      for (int i = 0; i < 16; ++i) order.push_back(quarters[static_cast<std::size_t>(i / 4)] * 4 + i % 4);
      if (name.starts_with("backward")) std::ranges::reverse(order);
    }
    open_synth(3, kSixteen, SceneTargets::playback)(video)->read(0, 1, 16, read);
    CHECK(std::ranges::any_of(orders, [&](const std::vector<int>& order) {
      for (std::size_t i = 0; i < 16; ++i) {
        renderer.render(order[i], rendered);
        if (!std::ranges::equal(rendered, std::span(read).subspan(i * kFrame, kFrame))) return false;
      }
      return true;
    }));
  }
  CHECK(seen.size() == 6);
}

TEST_CASE("a path that names no scene is an error") {
  CHECK_THROWS_WITH(scene_index({"walk/first.mp4", 0, 16}), Catch::Contains("walk/first.mp4"));
}

}  // namespace
}  // namespace c3d::synth
