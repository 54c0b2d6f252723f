// Videos with any number of labels from the list to c3d_infer, as users run the tools.
#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "catch.h"
#include "engine/io/json.h"
#include "engine/io/safetensors.h"
#include "model/model_file.h"
#include "tests/support/tinted_videos.h"
#include "tests/tools/c3d_train/training.h"

using namespace c3d;

namespace {

struct SetTraining : Training {
  SetTraining() : list(write_tinted_videos(scratch / "tinted", 12)) {}

  Process start_sets(const std::string& name, std::vector<std::string> more = {}) const {
    std::vector<std::string> words = {"--set", "data=" + list.string(), "--set", "targets=label_set"};
    words.insert(words.end(), more.begin(), more.end());
    return start_new(name, words);
  }
  // Of one of our tools, which must end well.
  std::string output_of(const std::string& tool, std::vector<std::string> words) const {
    words.insert(words.begin(), std::string(C3D_BINARY_DIR) + "/bin/" + tool);
    Process process(words, scratch / "tool.out");
    const int status = process.wait();
    INFO(process.output());
    REQUIRE(status == 0);
    return process.output();
  }
  std::string infer(const std::string& weights, std::vector<std::string> more) const {
    std::vector<std::string> words = {"--weights", weights, "--device", "reference", "--clips", "2"};
    words.insert(words.end(), more.begin(), more.end());
    return output_of("c3d_infer", words);
  }

  std::filesystem::path list;
};

}  // namespace

TEST_CASE("a list of label sets becomes a run with precision and threshold of each label") {
  const SetTraining training;
  Process process = training.start_sets("run");
  REQUIRE(process.wait() == 0);
  const auto run = training.run("run");
  CHECK_THAT(process.output(), Catch::Contains("2 labels, any number of them in a video, 10 training") &&
                                   Catch::Contains("validation: 2 videos, mAP ") &&
                                   Catch::Contains("label  videos  average precision  threshold    F1\n") &&
                                   Catch::Contains(" % mean average precision on the validation videos"));
  CHECK_FALSE(std::filesystem::exists(run / "confusion.csv"));
  CHECK_THAT(read_text(run / "label_results.csv"),
             Catch::StartsWith("label,videos,average_precision,threshold,f1\nlight,1,"));

  std::istringstream metrics(read_text(run / "metrics.jsonl"));
  nlohmann::json last;
  for (std::string line; std::getline(metrics, line);) {
    const auto json = parse_json(line);
    if (json["event"] == "evaluation") last = json;
  }
  REQUIRE(last["labels"].size() == 2);
  CHECK(last["mean_average_precision"].is_number());
  CHECK(last["clip_mean_average_precision"].is_number());
  const ModelInfo info = model_info(read_safetensors(run / "last.safetensors"));
  CHECK(info.has_label_sets);
  REQUIRE(info.thresholds.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) CHECK(info.thresholds[i] == last["labels"][i]["threshold"]);
  CHECK(info.other.contains("validation_mean_average_precision"));
}

TEST_CASE("a run of label sets killed at any moment resumes to the same bytes") {
  const SetTraining training;
  REQUIRE(training.start_sets("whole").wait() == 0);
  for (const std::int64_t lines : {1, 4, 6, 8}) {
    const std::string name = "killed" + std::to_string(lines);
    Process process = training.start_sets(name);
    training.kill_at(process, name, lines);
    Process resumed = training.start(name, {"--resume"});
    CHECK(resumed.wait() == 0);
    INFO(resumed.output());
    for (const char* file : {"last.safetensors", "best.safetensors", "label_results.csv"}) {
      CHECK(read_text(training.run(name) / file) == read_text(training.run("whole") / file));
    }
  }
  // Weights that are gone come back with the thresholds that the metrics tell.
  const std::string before = read_text(training.run("whole") / "last.safetensors");
  std::filesystem::remove(training.run("whole") / "last.safetensors");
  CHECK(training.start("whole", {"--resume"}).wait() == 0);
  CHECK(read_text(training.run("whole") / "last.safetensors") == before);
}

TEST_CASE("without validation all thresholds are a half") {
  const SetTraining training;
  REQUIRE(training.start_sets("run", {"--set", "validation_share=0"}).wait() == 0);
  const NamedTensors weights = read_safetensors(training.run("run") / "best.safetensors");
  CHECK_FALSE(weights.metadata("thresholds"));
  CHECK(thresholds_of(model_info(weights)) == std::vector<double>{0.5, 0.5});
}

TEST_CASE("several labels without the setting are one error") {
  const SetTraining training;
  Process process = training.start_new("run", {"--set", "data=" + training.list.string()});
  CHECK(process.wait() == 1);
  CHECK_THAT(process.output(),
             Catch::Contains("list.txt:4: 'light|red' names several labels: set `targets`"));
}

TEST_CASE("c3d_infer tells the labels above their thresholds") {
  const SetTraining training;
  REQUIRE(training.start_sets("run").wait() == 0);
  const std::string last = (training.run("run") / "last.safetensors").string();
  // Weights whose thresholds are known: all labels are there, or none.
  const auto with_thresholds = [&](const std::string& thresholds) {
    NamedTensors weights = read_safetensors(last);
    weights.metadata()["thresholds"] = thresholds;
    const auto file = training.scratch / "w.safetensors";
    write_safetensors(file, weights);
    return file.string();
  };
  const std::string video = (training.scratch / "tinted/v3.mp4").string();
  const std::string all = with_thresholds("[0, 0]");
  CHECK_THAT(
      training.infer(all, {video, "--top", "1"}),
      Catch::Contains("2 labels, any number of them at once") &&
          Catch::Matches("(.|\n)*v3.mp4: (light|red) [0-9.]+ %, (light|red) [0-9.]+ % \\(20 frames(.|\n)*"));
  CHECK_THAT(
      training.infer(with_thresholds("[1, 1]"), {video, "--top", "1"}),
      Catch::Matches("(.|\n)*v3.mp4: none above its threshold; below their thresholds: (light|red) [0-9.]+ % "
                     "\\(20(.|\n)*"));
  const std::string json_file = (training.scratch / "r.jsonl").string();
  training.infer(with_thresholds("[0, 1]"), {video, "--json", json_file});
  const auto json = parse_json(read_text(json_file));
  REQUIRE(json["labels"].size() == 2);
  CHECK(json["labels"][0]["label"] == "light");
  CHECK(json["labels"][0]["threshold"] == 0);
  CHECK(json["labels"][0]["shown"] == true);
  CHECK(json["labels"][1]["shown"] == false);
  REQUIRE(json["clips"].size() == 2);
  CHECK(json["clips"][0]["shown"][0]["label"] == "light");
  double mean = 0;
  for (const auto& clip : json["clips"]) mean += clip["shown"][0]["probability"].get<double>() / 2;
  CHECK(json["labels"][0]["probability"].get<double>() == Approx(mean));
}

TEST_CASE("c3d_weights shows thresholds and keeps them through other formats") {
  const SetTraining training;
  REQUIRE(training.start_sets("run").wait() == 0);
  const auto last = training.run("run") / "last.safetensors";
  const ModelInfo before = model_info(read_safetensors(last));
  CHECK_THAT(training.output_of("c3d_weights", {"inspect", last.string()}),
             Catch::Contains("targets: label_set\n") &&
                 Catch::Contains(fmt::format("a label is there above this probability:\n  {:.3f}  light\n",
                                             before.thresholds[0])));
  const std::string pth = (training.scratch / "w.pth").string();
  const std::string back = (training.scratch / "w.safetensors").string();
  training.output_of("c3d_weights", {"convert", last.string(), pth});
  training.output_of("c3d_weights", {"convert", pth, back});
  const ModelInfo after = model_info(read_safetensors(back));
  CHECK(after.has_label_sets);
  CHECK(after.thresholds == before.thresholds);
  training.output_of("c3d_weights", {"convert", last.string(), back, "--reinit", "fc8", "--classes", "3"});
  CHECK_FALSE(model_info(read_safetensors(back)).has_label_sets);
}
