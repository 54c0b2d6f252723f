#include "data/synth/attributes.h"

#include <set>

#include "catch.h"
#include "data/synth/world.h"
#include "engine/core/error.h"

namespace c3d::synth {
namespace {

TEST_CASE("the world has sixty classes or more, each with a name of its own") {
  const std::span<const std::string_view> names = scene_attributes().front().values;
  CHECK(names.size() == 87);  // README.md says so
  CHECK(names.size() == motion_classes());
  CHECK(std::set<std::string_view>(names.begin(), names.end()).size() == names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    CHECK(parse_motion_class(names[i]) == static_cast<std::int32_t>(i));
  }
  CHECK(names[static_cast<std::size_t>(Motion::shake_hands)] == "shake_hands");
  CHECK(names[static_cast<std::size_t>(Motion::fire)] == "fire");
}

TEST_CASE("a motion that is none is an error that names those there are") {
  CHECK_THROWS_WITH(parse_motion_class("yodel"), Catch::Contains("'yodel'") && Catch::Contains("walk, run") &&
                                                     Catch::Contains("whirlpool"));
}

TEST_CASE("labels lie within their attributes, and every value of each comes up") {
  std::array<std::set<std::int32_t>, kSceneAttributes> met;
  for (std::uint64_t index = 0; index < 6000; ++index) {
    const SceneLabels labels = plan_scene(3, index).labels;
    for (std::size_t i = 0; i < kSceneAttributes; ++i) {
      REQUIRE(labels.values[i] >= 0);
      REQUIRE(labels.values[i] < static_cast<std::int32_t>(scene_attributes()[i].values.size()));
      met[i].insert(labels.values[i]);
    }
  }
  for (std::size_t i = 0; i < kSceneAttributes; ++i) {
    INFO(scene_attributes()[i].name);
    CHECK(met[i].size() == scene_attributes()[i].values.size());
  }
}

TEST_CASE("what a motion is follows from its class, and only what has an arrow of time runs backwards") {
  for (std::uint64_t index = 0; index < 2000; ++index) {
    const SceneLabels labels = plan_scene(4, index).labels;
    const MotionFacts& facts = facts_of(static_cast<Motion>(labels[SceneAttribute::motion]));
    CHECK(name_of(labels, SceneAttribute::motion) == facts.name);
    CHECK(labels[SceneAttribute::actor] == static_cast<std::int32_t>(facts.actor));
    if (!facts.has_arrow) CHECK(name_of(labels, SceneAttribute::playback) == "forward");
  }
}

TEST_CASE("a class that is asked for is given; its camera and speed are drawn as ever") {
  const ScenePlan any = plan_scene(5, 77);
  const ScenePlan hug = plan_scene(5, 77, parse_motion_class("hug"));
  CHECK(name_of(hug.labels, SceneAttribute::motion) == "hug");
  CHECK(hug.labels[SceneAttribute::speed] == any.labels[SceneAttribute::speed]);
  CHECK(hug.seconds == any.seconds);
  CHECK_THROWS_AS(plan_scene(5, 77, -1), Error);
  CHECK_THROWS_AS(plan_scene(5, 77, static_cast<std::int32_t>(motion_classes())), Error);
}

TEST_CASE("a mirrored clip goes the other way and is panned the other way; twice mirrored it is itself") {
  SceneLabels labels;
  labels[SceneAttribute::direction] = static_cast<std::int32_t>(Direction::left);
  labels[SceneAttribute::camera] = static_cast<std::int32_t>(CameraMove::pan_right);
  CHECK(name_of(mirrored(labels), SceneAttribute::direction) == "right");
  CHECK(name_of(mirrored(labels), SceneAttribute::camera) == "pan_left");
  labels[SceneAttribute::direction] = static_cast<std::int32_t>(Direction::clockwise);
  CHECK(name_of(mirrored(labels), SceneAttribute::direction) == "counterclockwise");
  for (std::uint64_t index = 0; index < 200; ++index) {
    const SceneLabels drawn = plan_scene(6, index).labels;
    CHECK(mirrored(mirrored(drawn)) == drawn);
  }
}

}  // namespace
}  // namespace c3d::synth
