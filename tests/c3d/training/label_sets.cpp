// Runs whose videos have any number of labels: their settings and their data.
#include "c3d/training/label_set_data.h"

#include <algorithm>

#include "c3d/training/prepared_data.h"
#include "c3d/training/target_settings.h"
#include "catch.h"
#include "engine/core/error.h"
#include "engine/io/atomic_file.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/tinted_videos.h"

using namespace c3d;

namespace {

struct SetFolder {
  SetFolder() {
    settings.data = write_tinted_videos(scratch / "videos", 12).string();
    settings.cache_folder = (scratch / "cache").string();
    settings.loader_threads = 2;
    assign(settings, {"targets", "label_set"});
  }
  PreparedData prepare() const {
    return prepare_data(settings, [](std::int64_t, std::int64_t) {});
  }
  void list(const std::string& text) const { write_file(settings.data, text); }

  ScratchFolder scratch;
  TrainSettings settings;
};

}  // namespace

TEST_CASE("label sets are a setting, which one label is by default") {
  TrainSettings settings;
  CHECK(target_kind(settings) == TargetKind::label);
  CHECK_THAT(settings_json(settings), Catch::Contains("\"targets\": \"label\""));
  settings.mixup = "0.2";
  CHECK(target_kind(settings) == TargetKind::mixed_labels);
  settings.mixup.clear();
  assign(settings, {"targets", "label_set"});
  CHECK(target_kind(settings) == TargetKind::label_set);
  CHECK_THROWS_WITH(assign(settings, {"targets", "sets"}), Catch::Contains("label, label_set"));
  CHECK_FALSE(may_change_on_resume("targets"));
}

TEST_CASE("settings of clips with one label are refused with label sets") {
  for (const auto& [key, value] :
       std::vector<Assignment>{{"mixup", "0.2"}, {"cutmix", "1"}, {"label_smoothing", "0.1"}}) {
    TrainSettings settings;
    settings.data = "videos";
    assign(settings, {key, value});
    CHECK_NOTHROW(check_settings(settings));
    assign(settings, {"targets", "label_set"});
    CHECK_THROWS_WITH(check_settings(settings), Catch::Contains("`" + key + "`") &&
                                                    Catch::Contains("any number of labels: leave it out"));
  }
}

TEST_CASE("videos with label sets are split and told of by label") {
  const SetFolder folder;
  const PreparedData data = folder.prepare();
  CHECK(data.train.labels == std::vector<std::string>{"light", "red"});
  CHECK(data.train.has_label_sets);
  CHECK(data.validation.has_label_sets);
  CHECK_FALSE(data.validation.videos.empty());
  CHECK(data.notes.empty());
  const std::string table = split_table(data);
  CHECK_THAT(table, Catch::Contains("light: 5 + 1\n") && Catch::Contains("red: 5 + 1\n") &&
                        Catch::Contains("none of them: 2 + 1\n"));
}

TEST_CASE("a run's videos are others where one label of a set is") {
  const SetFolder folder;
  const std::string before = folder.prepare().fingerprint;
  CHECK(folder.prepare().fingerprint == before);
  std::string list = read_text(folder.settings.data);
  list.replace(list.find("v3.mp4 light|red"), 16, "v3.mp4 light");
  folder.list(list);
  CHECK(folder.prepare().fingerprint != before);
}

TEST_CASE("a label that no training video shows ends the run before it begins") {
  SetFolder folder;
  write_file(folder.scratch / "classes.txt", "1 light\n2 red\n3 blue\n");
  folder.settings.classes = (folder.scratch / "classes.txt").string();
  CHECK_THROWS_WITH(folder.prepare(), Catch::Contains("no training video shows the label 'blue'"));
}

TEST_CASE("one label can be told from none, and a label of all videos is told of") {
  const SetFolder folder;
  folder.list("v0.mp4 -\nv1.mp4 light\nv2.mp4 -\nv3.mp4 light\n");
  CHECK(folder.prepare().train.labels.size() == 1);
  folder.list("v0.mp4 light\nv1.mp4 light|red\nv2.mp4 light\nv3.mp4 light|red\n");
  const std::vector<std::string> notes = folder.prepare().notes;
  REQUIRE(notes.size() == 1);
  CHECK_THAT(notes[0], Catch::Contains("each training video shows light"));
}

TEST_CASE("a set is spelled by the numbers of its classes") {
  Dataset dataset;
  const Video video{"a.avi", 3, 20};
  CHECK(class_numbers(dataset, video) == "3");
  dataset.has_label_sets = true;
  CHECK(class_numbers(dataset, video) == "-");
  CHECK(class_numbers(dataset, {"a.avi", 0, 20, {0, 3}}) == "0|3");
}
