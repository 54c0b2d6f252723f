#include "c3d/training/data_warnings.h"

#include <set>

#include "c3d/training/prepared_data.h"
#include "catch.h"
#include "engine/core/error.h"
#include "tests/support/plain_videos.h"
#include "tests/support/scenes.h"
#include "tests/support/scratch_folder.h"

using namespace c3d;
namespace fs = std::filesystem;

namespace {

struct WarningsFolder {
  WarningsFolder() {
    settings.data = (scratch / "videos").string();
    settings.cache_folder = (scratch / "cache").string();
    settings.loader_threads = 2;
  }
  std::string notes() const {
    std::string all;
    for (const std::string& note : prepare_data(settings, {}).notes) all += note + "\n";
    return all;
  }
  fs::path videos() const { return settings.data; }

  ScratchFolder scratch;
  TrainSettings settings;
};

}  // namespace

TEST_CASE("of many names a few are said") {
  CHECK(a_few({"a"}) == "a");
  CHECK(a_few({"a", "b", "c"}) == "a, b, c");
  CHECK(a_few({"a", "b", "c", "d", "e"}) == "a, b, c and 2 more");
}

TEST_CASE("a copy on the other side is named with its original and other takes are not") {
  WarningsFolder folder;
  for (std::uint64_t i = 0; i < 4; ++i) {
    // Two classes before one place.
    write_scene(folder.videos() / "train/a" / fmt::format("v{}.mp4", i), {.place = 1, .motion = i});
    write_scene(folder.videos() / "train/b" / fmt::format("v{}.mp4", i), {.place = 1, .motion = 10 + i});
    write_scene(folder.videos() / "val/a" / fmt::format("w{}.mp4", i), {.place = 1, .motion = 20 + i});
    write_scene(folder.videos() / "val/b" / fmt::format("w{}.mp4", i), {.place = 1, .motion = 30 + i});
  }
  CHECK_THAT(folder.notes(), !Catch::Contains("both sides"));
  write_scene(folder.videos() / "val/b/copy.avi", {.place = 1, .motion = 12, .width = 64, .height = 48}, 35);
  CHECK_THAT(folder.notes(),
             Catch::Contains("1 video seems to be on both sides of the split") &&
                 Catch::Contains((folder.videos() / "val/b/copy.avi").string() + " is much like " +
                                 (folder.videos() / "train/b/v2.mp4").string()) &&
                 Catch::Contains("remove one of each"));
}

TEST_CASE("copies in different folds are named by every fold") {
  WarningsFolder folder;
  for (std::uint64_t i = 0; i < 3; ++i) {
    write_scene(folder.videos() / "a" / fmt::format("v{}.mp4", i), {.place = 1, .motion = i});
    write_scene(folder.videos() / "b" / fmt::format("v{}.mp4", i), {.place = 1, .motion = 10 + i});
  }
  fs::copy(folder.videos() / "a/v0.mp4", folder.videos() / "a/same.mp4");
  for (const char* fold : {"1/4", "2/4", "3/4", "4/4"}) {
    folder.settings.fold = fold;
    CHECK_THAT(folder.notes(), Catch::Contains("same.mp4") && Catch::Contains("is much like"));
  }
}

TEST_CASE("classes of too few groups are named") {
  WarningsFolder folder;
  write_plain_videos(folder.videos(), 5);
  for (const char* name : {"x_g01_a.mp4", "x_g01_b.mp4"})
    write_plain_video(folder.videos() / "lonely" / name, 99);
  CHECK_THAT(folder.notes(), Catch::Contains("a class has only one group of videos") &&
                                 Catch::Contains("none validates: lonely") &&
                                 Catch::Contains("--group-regex"));
  folder.settings.fold = "1/3";
  CHECK_THAT(folder.notes(), Catch::Contains("none trains where it validates: lonely"));
  folder.settings.fold = "1/6";
  CHECK_THAT(folder.notes(), Catch::Contains("classes have fewer groups of videos than the 6 folds") &&
                                 Catch::Contains("dark, light"));
  folder.settings.fold.clear();
  folder.settings.validation_share = 0;
  CHECK_THAT(folder.notes(), !Catch::Contains("group"));
}

TEST_CASE("every fold has its videos and all folds together have each of them once") {
  WarningsFolder folder;
  write_plain_videos(folder.videos(), 5);
  std::multiset<fs::path> validating;
  std::set<std::string> fingerprints;
  for (const char* fold : {"1/3", "2/3", "3/3"}) {
    folder.settings.fold = fold;
    const PreparedData data = prepare_data(folder.settings, {});
    CHECK(data.train.videos.size() + data.validation.videos.size() == 10);
    for (const Video& video : data.validation.videos) validating.insert(video.path);
    REQUIRE(data.folds);
    fingerprints.insert(data.folds->fingerprint);
    CHECK_THAT(split_table(data), Catch::Contains("dark: ") && Catch::Contains("of fold 1, fold 2, fold 3"));
  }
  CHECK(validating.size() == 10);
  CHECK(std::set<fs::path>(validating.begin(), validating.end()).size() == 10);
  CHECK(fingerprints.size() == 1);
}

TEST_CASE("folds with videos for validation are one error") {
  WarningsFolder folder;
  write_plain_videos(folder.videos() / "train", 3);
  write_plain_videos(folder.videos() / "val", 1);
  folder.settings.fold = "1/2";
  CHECK_THROWS_WITH(folder.notes(),
                    Catch::Contains("val: these videos validate") && Catch::Contains("--data"));
  folder.settings.val = (folder.videos() / "val").string();
  CHECK_THROWS_WITH(folder.notes(), Catch::Contains("--val names others"));
}
