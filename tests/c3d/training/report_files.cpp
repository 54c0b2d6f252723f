// predictions.jsonl and skipped.jsonl: what is written is read back, and damage costs its lines alone.
#include <nlohmann/json.hpp>

#include "c3d/training/predictions_file.h"
#include "c3d/training/skipped_file.h"
#include "catch.h"
#include "tests/support/scratch_folder.h"

using namespace c3d;

namespace {

Dataset two_videos() {
  Dataset dataset;
  dataset.labels = {"walk", "run"};
  dataset.videos = {{.path = "/v/a <&>\".mp4", .label = 0, .frames = 30},
                    {.path = "/v/\xFF.mp4", .label = 1, .frames = 40}};
  return dataset;
}

EvaluationReport evaluation() {
  EvaluationReport report;
  report.split = "validation";
  report.step = 40;
  report.videos = 2;
  report.calibration = {{2, 0.55, 0.5}};
  report.predictions = {
      {.video = 0, .clips = 10, .loss = 0.5, .truth = {{0, 0.6}}, .predictions = {{0, 0.6}, {1, 0.4}}},
      {.video = 1, .clips = 9, .loss = 0.7, .truth = {{1, 0.5}}, .predictions = {{0, 0.5}, {1, 0.5}}}};
  return report;
}

}  // namespace

TEST_CASE("predictions come back as they were written, whatever the names") {
  const ScratchFolder folder;
  const auto file = folder / "predictions.jsonl";
  write_predictions(file, evaluation(), two_videos());
  const std::string text = read_text(file);
  CHECK_THAT(text,
             Catch::StartsWith("{\"split\":\"validation\",\"step\":40,\"videos\":2,\"label_sets\":false,"));
  const Predictions read = read_predictions(file, 2);
  CHECK(read.step == 40);
  CHECK_FALSE(read.has_label_sets);
  REQUIRE(read.calibration.size() == 1);
  CHECK(read.calibration[0].count == 2);
  REQUIRE(read.videos.size() == 2);
  CHECK(read.videos[0].path == "/v/a <&>\".mp4");
  CHECK(read.videos[1].path == "/v/\xFF.mp4");
  CHECK(read.videos[1].frames == 40);
  CHECK(read.videos[1].prediction.clips == 9);
  CHECK(read.videos[0].prediction.loss == 0.5);
  CHECK(read.videos[0].prediction.truth == evaluation().predictions[0].truth);
  CHECK(read.videos[0].prediction.predictions == evaluation().predictions[0].predictions);
  write_predictions(file, evaluation(), two_videos());
  CHECK(read_text(file) == text);
}

TEST_CASE("predictions that are damaged, or of more classes, lose their lines alone") {
  const ScratchFolder folder;
  const auto file = folder / "predictions.jsonl";
  write_predictions(file, evaluation(), two_videos());
  const std::string text = read_text(file);
  folder.write("predictions.jsonl",
               "no JSON\n{\"file\":1}\n[]\n{\"step\":1e300}\n" + text + "{\"file\":\"/v/cut");
  CHECK(read_predictions(file, 2).videos.size() == 2);
  const Predictions fewer = read_predictions(file, 1);
  REQUIRE(fewer.videos.size() == 1);
  CHECK(fewer.videos[0].prediction.predictions.size() == 1);
  CHECK(read_predictions(folder / "nothing", 2).videos.empty());
}

TEST_CASE("what was skipped is sorted, and failures of an earlier part of the run stay") {
  const ScratchFolder folder;
  PreparedData data;
  data.broken = {{"/v/z.mp4", "/v/z.mp4: it is a text file"}, {"/v/b\xFF.mp4", "cut"}};
  data.passed_over = {"3 files are no videos by name and were ignored"};
  data.clip.short_clips = ShortClips::skip;
  data.train.videos = {{.path = "/v/short.mp4", .label = 0, .frames = 3},
                       {.path = "/v/long.mp4", .label = 0, .frames = 90}};
  const auto file = folder / "skipped.jsonl";
  write_skipped(file, skipped_of(data, {{"/v/gone.mp4", "it is gone"}}));

  Skipped skipped = skipped_of(data, {{"/v/gone.mp4", "it is gone"}});
  add_earlier_failures(read_skipped(file), skipped);
  CHECK(skipped.videos.size() == 4);  // none twice
  skipped = skipped_of(data, {});
  add_earlier_failures(read_skipped(file), skipped);
  sort_skipped(skipped);
  write_skipped(file, skipped);
  const Skipped read = read_skipped(file);
  REQUIRE(read.videos.size() == 4);
  CHECK(read.videos[0].path == "/v/b\xFF.mp4");
  CHECK(read.videos[1].path == "/v/gone.mp4");
  CHECK(read.videos[1].when == "while training");
  CHECK(read.videos[2].path == "/v/short.mp4");
  CHECK_THAT(read.videos[2].why, Catch::StartsWith("it has 3 frames"));
  CHECK(read.videos[3].why == "it is a text file");
  CHECK(read.passed_over == data.passed_over);
}
