#include "c3d/evaluation.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "c3d/error.h"
#include "c3d/report/pictures.h"
#include "c3d/training/predictions_file.h"
#include "catch.h"
#include "engine/io/json.h"
#include "tests/support/message_of.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/small_model.h"
#include "tests/support/tiny_video.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// Weights of random values, and videos that they tell something of.
struct EvaluationFixture {
  ScratchFolder folder;
  EvaluationOptions options;

  EvaluationFixture() {
    write_small_model(folder / "w.safetensors");
    write_tiny_video(folder / "a.mp4", 40);
    write_tiny_video(folder / "b.mp4", 20);
    write_tiny_video(folder / "c.mp4", 30);
    options.data = folder / "list.txt";
    options.weights = folder / "w.safetensors";
    options.network.device.device = "reference";
    options.clips.clips = 3;
    list("a.mp4 walk\nb.mp4 run\nc.mp4 walk\n");
  }

  void list(const std::string& lines) const { folder.write("list.txt", lines); }
  std::string error() const {
    return message_of([&] { evaluate(options); });
  }
  LabeledVideo labelled(const char* name) const {
    VideoClassifier classifier(options.weights, options.network);
    return classifier.label(folder / name, options.clips, 5);
  }
};

std::size_t place_of(const Evaluation& evaluation, const std::string& label) {
  return static_cast<std::size_t>(std::ranges::find(evaluation.labels, label) - evaluation.labels.begin());
}

TEST_CASE_METHOD(EvaluationFixture, "an evaluation says of each video what labelling it says") {
  const Evaluation evaluation = evaluate(options);
  CHECK(evaluation.labels == small_model_info().labels);
  REQUIRE(evaluation.judged.size() == 3);
  CHECK(evaluation.failed == 0);
  std::int64_t right = 0;
  const char* const names[] = {"a.mp4", "b.mp4", "c.mp4"};
  const char* const truth[] = {"walk", "run", "walk"};
  for (std::size_t i = 0; i < 3; ++i) {
    const JudgedVideo& judged = evaluation.judged[i];
    const LabeledVideo video = labelled(names[i]);
    CHECK(judged.file == folder / names[i]);
    CHECK(judged.frames == video.frames);
    CHECK(judged.clips == std::ssize(video.windows));
    REQUIRE(judged.truth.size() == 1);
    CHECK(evaluation.labels[static_cast<std::size_t>(judged.truth[0])] == truth[i]);
    for (const RankedLabel& label : video.labels) {
      CHECK(judged.probabilities.at(place_of(evaluation, label.name)) == Approx(label.probability));
    }
    CHECK(judged.loss == Approx(-std::log(judged.probabilities[static_cast<std::size_t>(judged.truth[0])])));
    right += video.labels[0].name == truth[i] ? 1 : 0;
  }
  CHECK(evaluation.videos.top1 == Approx(static_cast<double>(right) / 3));
  CHECK(evaluation.videos.top5 == 1);
  CHECK(evaluation.videos.count == 3);
  CHECK(evaluation.clips.count == 9);
  REQUIRE(evaluation.videos.classes.size() == 5);
  CHECK(evaluation.videos.classes[place_of(evaluation, "walk")].shown == 2);
  CHECK(evaluation.clips.classes[place_of(evaluation, "run")].shown == 3);
  CHECK(evaluation.videos.calibration.bins.size() == 10);
  REQUIRE(evaluation.worst.size() == 3);
  CHECK(evaluation.judged[evaluation.worst[0]].loss >= evaluation.judged[evaluation.worst[2]].loss);
}

TEST_CASE_METHOD(EvaluationFixture, "a class without videos has the numbers of zero_division 0") {
  const Evaluation evaluation = evaluate(options);
  for (const ClassEvaluation& one : evaluation.videos.classes) {
    if (one.shown > 0) continue;
    CHECK(one.recall == 0);
    CHECK(one.f1 == 0);
    CHECK(one.average_precision == -1);
  }
  const json numbers = parse_json(evaluation_json(evaluation));
  const std::size_t none = place_of(evaluation, small_model_info().labels.back());
  CHECK(numbers["videos"]["classes"][none]["average_precision"].is_null());
  CHECK(numbers["videos"]["confusion"].size() == 5);
  CHECK(numbers["videos"]["calibration"]["bins"] == 10);
  CHECK(numbers["videos"]["top1"] == evaluation.videos.top1);
  CHECK(numbers["worst"].size() == 3);
}

TEST_CASE_METHOD(EvaluationFixture, "a video that cannot be read is said and the others are judged") {
  folder.write("bad.mp4", "no video");
  list("a.mp4 walk\nbad.mp4 run\nabsent.mp4 run\nc.mp4 walk\n");
  std::vector<std::int64_t> seen;
  const Evaluation evaluation = evaluate(
      options, {.judging = [&](std::int64_t done, std::int64_t total) { seen.push_back(10 * done + total); },
                .note = {},
                .stop_requested = {}});
  CHECK(seen == std::vector<std::int64_t>{14, 24, 34, 44});
  CHECK(evaluation.failed == 2);
  CHECK(evaluation.videos.count == 2);
  CHECK(!evaluation.judged[1].error.empty());
  CHECK(evaluation.judged[2].error == "no such file");
  CHECK(evaluation.judged[3].probabilities.size() == 5);
  const std::string text = evaluation_text(evaluation);
  CHECK_THAT(text, Catch::Contains("2 of 4 videos could not be judged"));
  CHECK_THAT(text, Catch::Contains("absent.mp4: no such file"));
  CHECK(parse_json(evaluation_json(evaluation))["failed"].size() == 2);
  list("bad.mp4 run\n");
  CHECK_THAT(error(), Catch::Contains("not one of its 1 videos can be read"));
}

TEST_CASE_METHOD(EvaluationFixture, "labels that the weights do not know are named with the nearest") {
  list("a.mp4 walk\nb.mp4 rum\n");
  CHECK_THAT(error(),
             Catch::Contains("list.txt:2: class 'rum' is not one of the 5 known: did you mean 'run'?"));
  list("a.mp4 7\n");
  CHECK_THAT(error(), Catch::Contains("list.txt:1: label 7 is outside the 5 known classes"));
  fs::create_directories(folder / "classes/wlak");
  fs::copy(folder / "a.mp4", folder / "classes/wlak/a.mp4");
  options.data = folder / "classes";
  CHECK_THAT(error(), Catch::Contains("did you mean 'walk'?"));
  fs::rename(folder / "classes/wlak", folder / "classes/walk");
  CHECK(evaluate(options).videos.count == 1);
}

TEST_CASE_METHOD(EvaluationFixture, "numbers of a list count the classes of the weights") {
  list("a.mp4 0\nb.mp4 4\n");
  const Evaluation evaluation = evaluate(options);
  CHECK(evaluation.judged[0].truth == std::vector<int>{0});
  CHECK(evaluation.judged[1].truth == std::vector<int>{4});
}

TEST_CASE_METHOD(EvaluationFixture, "label sets are judged at the thresholds of the weights") {
  write_small_model(folder / "w.safetensors", {.with_label_sets = true, .thresholds = {0, 1, 0, 1, 1}});
  list("a.mp4 " + small_model_info().labels[0] + "|" + small_model_info().labels[1] + "\nb.mp4 -\n");
  const Evaluation evaluation = evaluate(options);
  CHECK(evaluation.has_label_sets);
  CHECK(evaluation.judged[0].truth == std::vector<int>{0, 1});
  CHECK(evaluation.judged[1].truth.empty());
  const std::vector<ClassEvaluation>& labels = evaluation.videos.classes;
  CHECK(labels[0].told == 2);
  CHECK(labels[0].precision == 0.5);
  CHECK(labels[0].recall == 1);
  CHECK(labels[0].f1 == Approx(2.0 / 3));
  CHECK(labels[1].told == 0);
  CHECK(labels[1].f1 == 0);
  CHECK(labels[1].threshold == 1);
  CHECK(labels[2].average_precision == -1);
  CHECK(evaluation.videos.macro.f1 == Approx(2.0 / 15));
  CHECK(evaluation.videos.weighted.f1 == Approx(1.0 / 3));
  CHECK(evaluation.videos.confusion.empty());
  CHECK_THAT(evaluation_text(evaluation), Catch::Contains("threshold"));
  const json numbers = parse_json(evaluation_json(evaluation));
  CHECK(numbers["videos"]["classes"][1]["threshold"] == 1);
  CHECK(!numbers["videos"].contains("confusion"));
  options.confusion = folder / "c.csv";
  CHECK_THAT(error(), Catch::Contains("no confusion matrix"));
}

TEST_CASE_METHOD(EvaluationFixture, "an evaluation writes its files") {
  folder.write("bad.mp4", "no video");
  list("a.mp4 walk\nbad.mp4 run\nc.mp4 walk\n");
  options.predictions = folder / "p.jsonl";
  options.confusion = folder / "c.csv";
  options.page = folder / "page.html";
  if (can_draw()) {
    options.confusion_picture = folder / "c.png";
    options.reliability_picture = folder / "r.png";
  }
  const Evaluation evaluation = evaluate(options);
  const Predictions read = read_predictions(folder / "p.jsonl", 5);
  REQUIRE(read.videos.size() == 2);
  CHECK(read.videos[0].path == folder / "a.mp4");
  CHECK(read.videos[1].prediction.clips == 3);
  std::istringstream lines(read_text(folder / "p.jsonl"));
  std::vector<json> objects;
  for (std::string line; std::getline(lines, line);) objects.push_back(parse_json(line));
  REQUIRE(objects.size() == 4);
  CHECK(objects[0]["split"] == "evaluation");
  CHECK(objects[1]["probabilities"] == evaluation.judged[0].probabilities);
  CHECK(!objects[3]["error"].get<std::string>().empty());
  CHECK_THAT(read_text(folder / "c.csv"), Catch::StartsWith("truth \\ predicted,"));
  const std::string page = read_text(folder / "page.html");
  CHECK_THAT(page, Catch::Contains("An evaluation of a trained C3D: 2 videos, 5 classes."));
  CHECK_THAT(page, Catch::Contains("bad.mp4") && Catch::Contains("id=\"calibration\""));
  if (!can_draw()) return;
  CHECK(read_text(folder / "c.png").substr(1, 3) == "PNG");
  CHECK(read_text(folder / "r.png").substr(1, 3) == "PNG");
}

TEST_CASE_METHOD(EvaluationFixture, "an evaluation overwrites nothing that it reads") {
  const std::string video = read_text(folder / "a.mp4");
  for (const fs::path& path : {options.data, options.weights, folder / "a.mp4"}) {
    options.predictions = path;
    CHECK_THAT(error(), Catch::Contains("would overwrite"));
  }
  options.predictions = options.page = folder / "same";
  CHECK(!error().empty());
  options.page.clear();
  options.predictions = folder / "absent/p.jsonl";
  CHECK(!error().empty());
  CHECK(read_text(folder / "a.mp4") == video);
}

TEST_CASE_METHOD(EvaluationFixture, "an evaluation can be stopped") {
  int asked = 0;
  CHECK_THROWS_AS(
      evaluate(options, {.judging = {}, .note = {}, .stop_requested = [&] { return ++asked > 2; }}), Error);
  options.data = folder / "nothing";
  CHECK_THAT(error(), Catch::Contains("no such folder or list"));
}

}  // namespace
}  // namespace c3d
