// What users of c3d_train mistake, and what they are told.
#include "catch.h"
#include "tests/support/small_model.h"
#include "tests/tools/c3d_train/training.h"

using namespace c3d;

namespace {

// The exit code, and what was said.
std::pair<int, std::string> end_of(Process process) {
  const int code = process.wait();
  return {code, process.output()};
}

}  // namespace

TEST_CASE("no picture and no table of a run takes the place of a video") {
  const Training training;
  const std::filesystem::path video = training.scratch / "videos/dark/v0.mp4";
  const std::filesystem::path unnamed = training.scratch / "videos/dark/unnamed";
  std::filesystem::copy(video, unnamed);
  const std::string before = read_text(video);
  REQUIRE(training.start_new("run").wait() == 0);
  for (const std::filesystem::path& file : {video, unnamed}) {
    const auto [code, said] = end_of(training.start_new("clips", {"--show-clips", file.string()}));
    CHECK(code == 2);
    CHECK_THAT(said, Catch::Contains("would overwrite the video"));
    const auto [table, why] = end_of(training.start("run", {"--metrics-csv", file.string()}));
    CHECK(table == 2);
    CHECK_THAT(why, Catch::Contains("would overwrite the video"));
    const auto [plan, reason] = end_of(training.start_new("plan", {"--plan", file.string()}));
    CHECK(plan == 2);
    CHECK_THAT(reason, Catch::Contains("would overwrite the video"));
    CHECK(read_text(file) == before);
  }
  CHECK(training.start_new("clips", {"--show-clips", (training.scratch / "clips.jpg").string()}).wait() == 2);
  const auto [code, said] =
      end_of(training.start("run", {"--metrics-csv", (training.run("run") / "metrics.jsonl").string()}));
  CHECK(code == 2);
}

TEST_CASE("an option that is a setting is told how settings go") {
  const Training training;
  const auto [code, said] = end_of(training.start_new("run", {"--label-smoothing", "0.1"}));
  CHECK(code == 2);
  CHECK_THAT(said, Catch::Contains("no option --label-smoothing") &&
                       Catch::Contains("a setting goes as --set label_smoothing=VALUE"));
}

TEST_CASE("a run's folder is not that of its videos, and stays as it is") {
  const Training training;
  for (const std::vector<std::string>& more : {std::vector<std::string>{}, {"--folds", "2"}, {"--dry-run"}}) {
    const auto [code, said] = end_of(training.start_new("videos", more));
    CHECK(code == 2);
    CHECK_THAT(said, Catch::Contains("this is the folder of the videos (--data)"));
  }
  std::size_t entries = 0;
  for (const auto& entry : std::filesystem::directory_iterator(training.scratch / "videos")) {
    CHECK(entry.is_directory());
    ++entries;
  }
  CHECK(entries == 2);
}

TEST_CASE("videos without their option have it named, and what the command line says wrong is exit code 2") {
  const Training training;
  const std::string videos = (training.scratch / "videos").string();
  const auto [code, said] = end_of(training.start("run", {videos}));
  CHECK(code == 2);
  CHECK_THAT(said, Catch::Contains("did you mean --data " + videos + "?"));
  for (const std::vector<std::string>& wrong : {std::vector<std::string>{"--device", "gpu"},
                                                {"--set", "isa=sse"},
                                                {"--group-regex", "(v"},
                                                {"--group-regex", "v"},
                                                {"--folds", "2", "--set", "fold=1/2"},
                                                {"--folds", "2", "--val", videos},
                                                {"--set", "fold=1/2", "--val", videos},
                                                {"--set", "epochs=3"},
                                                {"--set", "crop=400"}}) {
    INFO(fmt::format("{}", fmt::join(wrong, " ")));
    CHECK(training.start_new("wrong", wrong).wait() == 2);
  }
  CHECK_FALSE(std::filesystem::exists(training.run("wrong")));
}

TEST_CASE("a group expression that matches no name is noted") {
  const Training training;
  const auto [code, said] = end_of(training.start_new("run", {"--dry-run", "--group-regex", "(nothing)_g"}));
  CHECK(code == 0);
  CHECK_THAT(said, Catch::Contains("note: the group regex '(nothing)_g' matches 0 of 8 names"));
}

TEST_CASE("what a fold took over from the first is not said to be set by the user") {
  const Training training;
  const auto [code, said] =
      end_of(training.start_new("folds", {"--folds", "2", "--set", "recipe=scratch", "--set", "batch=2"}));
  REQUIRE(code == 0);
  const std::size_t second = said.find("fold 2 of 2");
  REQUIRE(second != std::string::npos);
  CHECK_THAT(said.substr(0, second), Catch::Contains("recipe scratch"));
  CHECK_THAT(said.substr(second), !Catch::Contains("as you set it"));
  const std::string summary = read_text(training.run("folds") / "folds.json");
  CHECK_THAT(summary, !Catch::Contains("-1.0") && Catch::Contains("\"mean_average_precision\": null"));
}

TEST_CASE("a recipe's warm-up is at most a tenth of the steps that the user gives") {
  const Training training;
  const auto warmup = [&](const std::string& name, const std::vector<std::string>& more) {
    std::vector<std::string> words = {"--data", (training.scratch / "videos").string()};
    for (const char* setting :
         {"width=0.03", "crop=16", "resize_width=20", "resize_height=18", "batch=3", "device=reference"}) {
      words.insert(words.end(), {"--set", setting});
    }
    words.insert(words.end(), {"--set", "cache_folder=" + (training.scratch / "cache").string()});
    words.insert(words.end(), more.begin(), more.end());
    const auto [code, said] = end_of(training.start(name, words));
    REQUIRE(code == 0);
    return std::pair(parse_json(read_text(training.run(name) / "config.json"))["warmup_steps"].get<int>(),
                     said);
  };
  const auto [bounded, said] = warmup("bounded", {"--recipe", "scratch", "--set", "steps=6"});
  CHECK(bounded == 0);
  CHECK_THAT(said, Catch::Contains("note: warmup_steps=0, not 30: a tenth of the 6 steps that you set"));
  CHECK(warmup("own", {"--recipe", "scratch", "--set", "steps=6", "--set", "warmup_steps=4"}).first == 4);
  CHECK(warmup("none", {"--recipe", "none", "--set", "steps=6"}).first == 30);
}

TEST_CASE("a run's folder in place of starting weights has them named") {
  const Training training;
  std::filesystem::create_directory(training.scratch / "old");
  write_small_model(training.scratch / "old/best.safetensors");
  const auto [code, said] =
      end_of(training.start_new("run", {"--init", (training.scratch / "old").string()}));
  CHECK(code == 1);
  CHECK_THAT(said, Catch::Contains("is the folder of a run: give its weights, ") &&
                       Catch::Contains("old/best.safetensors"));
}
