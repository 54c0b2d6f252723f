// Runs of frames by time, and of several crops of validation clips.
#include "catch.h"
#include "engine/io/json.h"
#include "engine/io/safetensors.h"
#include "tests/tools/c3d_train/training.h"

using namespace c3d;
using Json = nlohmann::json;

namespace {

// Brighter to the right, so that no crop is like another.
void write_ramp_video(const std::filesystem::path& path, int brightness) {
  VideoWriter writer(path, {.width = 32, .height = 24});
  for (int frame = 0; frame < 20; ++frame) {
    std::vector<std::uint8_t> pixels;
    for (int i = 0; i < 32 * 24 * 3; ++i) {
      pixels.push_back(static_cast<std::uint8_t>(brightness + frame + 2 * (i / 3 % 32)));
    }
    writer.write(pixels);
  }
  writer.finish();
}

}  // namespace

TEST_CASE(
    "a run of frames by time says their rate in its weights, and keeps it when it is killed and resumed") {
  const Training training;
  const std::vector<std::string> settings = {"--set", "fps=37.5"};
  REQUIRE(training.start_new("whole", settings).wait() == 0);
  const NamedTensors weights = read_safetensors(training.run("whole") / "last.safetensors");
  CHECK(weights.metadata("fps") == "75/2");
  CHECK(parse_json(read_text(training.run("whole") / "config.json"))["fps"] == "75/2");

  Process killed = training.start_new("killed", settings);
  training.kill_at(killed, "killed", 4);
  REQUIRE(training.start("killed", {"--resume"}).wait() == 0);
  CHECK(read_text(training.run("killed") / "last.safetensors") ==
        read_text(training.run("whole") / "last.safetensors"));
  Process other = training.start("killed", {"--resume", "--set", "fps=25"});
  CHECK(other.wait() != 0);
  CHECK_THAT(other.output(), Catch::Contains("fps (was \"75/2\", now \"25\")"));
}

TEST_CASE("crops of validation clips change what is judged and not what is learnt") {
  const Training training;
  for (int i = 0; std::filesystem::exists(training.scratch / fmt::format("videos/dark/v{}.mp4", i)); ++i) {
    write_ramp_video(training.scratch / fmt::format("videos/dark/v{}.mp4", i), 20 + 3 * i);
    write_ramp_video(training.scratch / fmt::format("videos/light/v{}.mp4", i), 140 + 3 * i);
  }
  REQUIRE(training.start_new("one").wait() == 0);
  const Json one = last_evaluation(training.run("one"));
  for (const char* crops : {"3", "10"}) {
    CAPTURE(crops);
    REQUIRE(training.start_new(crops, {"--set", std::string("validation_crops=") + crops}).wait() == 0);
    const Json several = last_evaluation(training.run(crops));
    CHECK(several["clips"] == one["clips"]);
    CHECK(several["videos"] == one["videos"]);
    CHECK(several["clip_loss"].get<double>() == Approx(one["clip_loss"].get<double>()).epsilon(0.2));
    CHECK(several["clip_loss"] != one["clip_loss"]);
    const auto parameters = [&](const std::string& run) {
      const NamedTensors weights = read_safetensors(training.run(run) / "last.safetensors");
      const ConstTensor values = weights.at("fc8.weight").values;
      return std::vector<float>(values.as<float>(), values.as<float>() + values.count());
    };
    CHECK(parameters(crops) == parameters("one"));
  }
  // Augmented clips are cropped when they are read, and so are these.
  REQUIRE(
      training.start_new("augmented", {"--set", "validation_crops=10", "--set", "brightness=0.2"}).wait() ==
      0);
  CHECK(last_evaluation(training.run("augmented"))["clips"] == one["clips"]);
}
