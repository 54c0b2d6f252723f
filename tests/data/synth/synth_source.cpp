#include "data/synth/synth_source.h"

#include <set>

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

TEST_CASE("a path that names no scene is an error") {
  CHECK_THROWS_WITH(scene_index({"walk/first.mp4", 0, 16}), Catch::Contains("walk/first.mp4"));
}

}  // namespace
}  // namespace c3d::synth
