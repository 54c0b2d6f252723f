// Runs by a recipe: what is said and written, and that config.json repeats them.
#include <regex>

#include "catch.h"
#include "engine/io/atomic_file.h"
#include "engine/io/safetensors.h"
#include "model/model_file.h"
#include "tests/support/environment.h"
#include "tests/support/small_model.h"
#include "tests/tools/c3d_train/training.h"

using namespace c3d;

namespace {

struct RecipeTraining : Training {
  // The reference backend is a CPU without bf16; the weights to start from are those of the test, if any.
  Process start_by(const std::string& name, std::vector<std::string> more) const {
    std::vector<std::string> words = {"--data", (scratch / "videos").string()};
    for (const char* setting : {"batch=3", "validation_clips=2", "loader_threads=2", "device=reference"}) {
      words.insert(words.end(), {"--set", setting});
    }
    words.insert(words.end(), {"--set", "cache_folder=" + (scratch / "cache").string()});
    words.insert(words.end(), more.begin(), more.end());
    return start(name, words);
  }
  std::string config(const std::string& name) const { return read_text(run(name) / "config.json"); }
  std::string last(const std::string& name) const { return read_text(run(name) / "last.safetensors"); }
  void install_motion() const {
    std::filesystem::create_directories(scratch / "pretrained");
    write_small_model(scratch / "pretrained/c3d-motion-w025.safetensors");
  }

  EnvironmentVariable pretrained{"C3D_PRETRAINED", (scratch / "pretrained").string()};
  const std::vector<std::string> small_network = {"--set", "width=0.03",      "--set", "crop=16",
                                                  "--set", "resize_width=20", "--set", "resize_height=18"};
};

std::vector<std::string> operator+(std::vector<std::string> words, const std::vector<std::string>& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

}  // namespace

TEST_CASE("a run that was fitted to minutes keeps its steps when resumed and when repeated") {
  const RecipeTraining training;
  Process killed =
      training.start_by("run", training.small_network + std::vector<std::string>{"--minutes", "0.05"});
  training.kill_at(killed, "run", 2);
  INFO(killed.output());
  CHECK_THAT(killed.output(), Catch::Contains("recipe small, for 6 training videos: ") &&
                                  Catch::Contains("0.05 minutes: C3D of width 0.03 makes a step"));
  const std::string config = training.config("run");
  CHECK_THAT(config, Catch::Contains("\"recipe\": \"small\"") && Catch::Contains("\"minutes\": 0.05") &&
                         Catch::Contains("\"scale\": \"0.5,1\""));
  CHECK(std::regex_search(config, std::regex("\"steps\": [1-9]")));

  Process resumed = training.start("run", {"--resume"});
  REQUIRE(resumed.wait() == 0);
  CHECK_THAT(resumed.output(), !Catch::Contains("recipe") && !Catch::Contains("makes a step"));
  CHECK(training.config("run") == config);

  Process repeated = training.start("again", {"--config", (training.run("run") / "config.json").string()});
  REQUIRE(repeated.wait() == 0);
  CHECK_THAT(repeated.output(), !Catch::Contains("makes a step") && Catch::Contains("`steps` says how long"));
  CHECK(training.config("again") == config);
  CHECK(training.last("again") == training.last("run"));
}

TEST_CASE("a settings file that names no recipe trains by what it says alone") {
  const RecipeTraining training;
  const std::vector<std::string> plain =
      training.small_network + std::vector<std::string>{"--recipe", "none", "--set", "steps=4"};
  REQUIRE(training.start_by("new", plain).wait() == 0);
  const std::string config =
      std::regex_replace(training.config("new"), std::regex("  \"(recipe|minutes)\": [^\n]*\n"), "");
  REQUIRE_THAT(config, !Catch::Contains("recipe") && !Catch::Contains("minutes"));
  write_file(training.scratch / "older.json", config);
  Process older = training.start("older", {"--config", (training.scratch / "older.json").string()});
  REQUIRE(older.wait() == 0);
  CHECK_THAT(older.output(), !Catch::Contains("recipe"));
  CHECK(training.last("older") == training.last("new"));
  CHECK(training.config("older") == training.config("new"));
}

TEST_CASE("few videos start from the shipped weights with a head for their own classes") {
  const RecipeTraining training;
  training.install_motion();
  Process process = training.start_by("run", {"--set", "steps=2"});
  REQUIRE(process.wait() == 0);
  INFO(process.output());
  CHECK_THAT(process.output(), Catch::Contains("init=motion") && Catch::Contains("reinit=fc8"));
  const ModelInfo info = model_info(read_safetensors(training.run("run") / "last.safetensors"));
  CHECK(info.network.width == small_model_info().network.width);
  CHECK(info.labels == std::vector<std::string>{"dark", "light"});
  // To go on it needs them no more.
  std::filesystem::remove_all(training.scratch / "pretrained");
  CHECK(training.start("run", {"--resume"}).wait() == 0);
}

TEST_CASE("the rate of the recipe paper falls after each quarter of the run") {
  const RecipeTraining training;
  const std::vector<std::string> paper =
      training.small_network + std::vector<std::string>{"--recipe", "paper"};
  REQUIRE(training.start_by("steps", paper + std::vector<std::string>{"--set", "steps=8"}).wait() == 0);
  CHECK_THAT(training.config("steps"), Catch::Contains("\"schedule_every\": 2,"));
  // 6 training videos in batches of 3: 2 steps an epoch, 16 epochs.
  REQUIRE(training.start_by("epochs", paper).wait() == 0);
  CHECK_THAT(training.config("epochs"),
             Catch::Contains("\"schedule_every\": 8,") && Catch::Contains("\"epochs\": 16"));
}

TEST_CASE("a dry run goes by the recipe and leaves nothing") {
  const RecipeTraining training;
  Process process = training.start_by(
      "dry", training.small_network + std::vector<std::string>{"--minutes", "1", "--dry-run"});
  CHECK(process.wait() == 0);
  CHECK_THAT(process.output(), Catch::Contains("recipe small, for 6 training videos: ") &&
                                   Catch::Contains("1 minutes: C3D of width 0.03"));
  CHECK_FALSE(std::filesystem::exists(training.run("dry")));
}

TEST_CASE("recipes that cannot be are one error each") {
  const RecipeTraining training;
  const auto refuses = [&](int code, const std::vector<std::string>& words, const std::string& what) {
    Process process = training.start_by("run", words);
    CHECK(process.wait() == code);
    CHECK_THAT(process.output(), Catch::Contains(what));
    CHECK_FALSE(std::filesystem::exists(training.run("run")));
  };
  refuses(2, {"--recipe", "smal"}, "`smal` is none of them");
  refuses(1, {"--recipe", "finetune"}, "name them by --init");
  refuses(1, {"--init", "motion"}, "are not installed");
  training.install_motion();
  refuses(1, {"--init", "motion", "--set", "width=0.5"}, "these weights have width 0.015625, not 0.5");
  refuses(1, {"--set", "mixup=1,0.7", "--set", "cutmix=1,0.7"}, "together");
}
