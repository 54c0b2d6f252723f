#include "c3d/check/collection.h"

#include "catch.h"
#include "tests/c3d/check/checked_scenes.h"

using namespace c3d;  // NOLINT(google-build-using-namespace)

TEST_CASE("a collection is split as training splits it, and knows what its videos look like") {
  CheckedScenes scenes;
  scenes.options.settings.emplace_back("seed", "3");
  const auto collection = collect(scenes.options, {});
  CHECK(collection->found.stops.empty());
  CHECK(collection->found.is_split_by_group);
  TrainSettings settings;
  for (const SettingValue& one : scenes.options.settings) assign(settings, one);
  const PreparedData data = prepare_data(settings, {});
  REQUIRE(collection->data.validation.videos.size() == data.validation.videos.size());
  for (std::size_t i = 0; i < data.validation.videos.size(); ++i) {
    CHECK(collection->data.validation.videos[i].path == data.validation.videos[i].path);
  }
  for (const CollectedVideo& one : collection->videos) {
    CHECK(one.look.width == 96);
    CHECK(one.look.seconds > 1);
    CHECK(one.motion() > 1);
    CHECK(one.labels().size() == 1);
  }
}
