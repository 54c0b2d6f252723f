// What users of c3d_infer mistake, and what they are told: names of outputs, weights and videos.
#include "catch.h"
#include "engine/io/safetensors.h"
#include "model/activation_ranges.h"
#include "tests/tools/c3d_infer/command_fixture.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;
using Fixture = CommandFixture;

const std::string kOneClip = kWeights + "--clips 1 ";
const std::string kFc6OfOneClip = kOneClip + "--features fc6 ";

bool begins(const fs::path& file, const std::string& bytes) { return read_text(file).starts_with(bytes); }

TEST_CASE_METHOD(Fixture, "an output takes the place of no video, whether it is labelled or not") {
  fs::create_directories(folder / "set/walk");
  fs::copy(folder / "v/a.mp4", folder / "set/walk/a.mp4");
  fs::create_directories(folder / "set/run");
  fs::copy(folder / "v/b.mp4", folder / "set/run/unnamed");
  fs::copy(folder / "v/b.mp4", folder / "set/run/b.mp4");
  folder.write("list.txt", "set/walk/a.mp4 walk\nset/run/unnamed run\n");
  const std::string video = read_text(folder / "v/a.mp4"), other = read_text(folder / "v/b.mp4");
  for (const std::string command : {"evaluate set ", "evaluate list.txt "}) {
    for (const char* option : {"--json", "--predictions", "--report", "--plan"}) {
      for (const char* file : {"set/walk/a.mp4", "set/run/unnamed"}) {
        INFO(command << option << " " << file);
        CHECK(run(command + kOneClip + option + " " + file) == 2);
        CHECK_THAT(err(), Catch::Contains("would overwrite the video"));
        CHECK(out().empty());
      }
    }
  }
  for (const std::string output : {"--json", "--report", "--timeline", "--features fc6 --features-out"}) {
    INFO(output);
    CHECK(run(kOneClip + "v/b.mp4 " + output + " set/walk/a.mp4") == 2);
    CHECK_THAT(err(), Catch::Contains("would overwrite the video"));
  }
  CHECK(read_text(folder / "set/walk/a.mp4") == video);
  CHECK(read_text(folder / "set/run/unnamed") == other);
  CHECK(run(kOneClip + "v/b.mp4 --overlay set/walk/a.mp4") == 0);  // a video again
}

TEST_CASE_METHOD(Fixture, "the ending of a name says which format features have") {
  REQUIRE(run(kFc6OfOneClip + "v/a.mp4 --features-out a.npy") == 0);
  CHECK(begins(folder / "a.npy", "\x93NUMPY"));
  REQUIRE(run(kFc6OfOneClip + "v/a.mp4 --features-out a.csv") == 0);
  CHECK_FALSE(begins(folder / "a.csv", "\x93NUMPY"));
  REQUIRE(run(kFc6OfOneClip + "v/a.mp4 --features-out a.txt") == 0);
  const std::string text = read_text(folder / "a.txt");
  CHECK(std::count(text.begin(), text.end(), '\n') == 32);
}

TEST_CASE_METHOD(Fixture, "a name that ends as another format's files do is refused") {
  const auto refused = [&](const std::string& arguments, const std::string& why) {
    INFO(arguments);
    CHECK(run(kOneClip + arguments) == 2);
    CHECK_THAT(err(), Catch::Contains(why));
    CHECK(out().empty());
  };
  refused("v/a.mp4 --features fc6 --features-out a.mp4", "ends in .npy");
  refused("v/a.mp4 --features fc6 --features-out a.npy --feature-format csv", "ends in .csv");
  refused("v/a.mp4 --timeline a.jpg", "ends in .png");
  refused("v/a.mp4 --report a.json", "ends in .html");
  refused("v/a.mp4 --json a.html", "ends in .jsonl");
  refused("v/a.mp4 --explain a.npy --explain-format png", "is png, and --explain a.npy is named otherwise");
  refused("v/a.mp4 v/b.mp4 --overlay a.mp4", "of 2 videos it is a folder");
  refused("v/a.mp4 v/b.mp4 --features fc6 --features-out a.npy", "give it a name without .npy");
  for (const char* name : {"a.mp4", "a.npy", "a.jpg", "a.json", "a.html"})
    CHECK_FALSE(fs::exists(folder / name));
}

TEST_CASE_METHOD(Fixture, "a file's folder must be there, and a folder of outputs is made") {
  for (const char* output : {"--json no/a.jsonl", "--features fc6 --features-out no/a.npy",
                             "--overlay no/a.mp4", "--explain no/a.npy", "--report no/a.html"}) {
    INFO(output);
    CHECK(run(kOneClip + "v/a.mp4 " + output) == 1);
    CHECK_THAT(err(), Catch::Contains("there is no folder"));
    CHECK_FALSE(fs::exists(folder / "no"));
  }
  CHECK(run(kFc6OfOneClip + "v/a.mp4 v/b.mp4 --features-out no") == 0);
  CHECK(fs::exists(folder / "no/v/a.npy"));
}

TEST_CASE_METHOD(Fixture, "a run's folder or state in place of its weights has them named") {
  fs::create_directory(folder / "run");
  fs::copy(folder / "w.safetensors", folder / "run/best.safetensors");
  fs::copy(folder / "w.safetensors", folder / "run/state.safetensors");
  const std::string quick = "--device reference --clips 1 v/a.mp4 --weights ";
  CHECK(run(quick + "run") == 1);
  CHECK_THAT(err(), Catch::Contains("run: is the folder of a run: give its weights, run/best.safetensors"));
  CHECK(run(quick + "run/state.safetensors") == 1);
  CHECK_THAT(err(), Catch::Contains("is a run's state") && Catch::Contains("run/best.safetensors"));
  CHECK(run(quick + "v") == 1);
  CHECK_THAT(err(), Catch::Contains("v: is a folder, and no weights file"));
  folder.write("other", "text");
  CHECK(run(quick + "other") == 1);
  CHECK_THAT(err(), Catch::Contains("c3d_infer: other: it is no weights file"));
}

TEST_CASE_METHOD(Fixture, "a video that is named twice is done once, with a note") {
  REQUIRE(run(kOneClip + "v/a.mp4 v/b.mp4 ./v/a.mp4 --json -") == 0);
  CHECK(lines(out()).size() == 2);
  CHECK_THAT(err(), Catch::Contains("note: ./v/a.mp4 is named twice, and done once"));
  CHECK(run(kOneClip + "v v --json -") == 1);  // one of them is none
  CHECK(lines(out()).size() == 3);
  CHECK_THAT(err(), Catch::Contains("3 videos are named more than once"));
}

TEST_CASE_METHOD(Fixture, "a list of which nothing is there is one error") {
  folder.write("list.txt", "x/1.mp4\nx/2.mp4\n\nx/3.mp4\n");
  CHECK(run(kOneClip + "--list list.txt") == 1);
  CHECK(err() ==
        "c3d_infer: list.txt: none of its 3 videos exists, for example x/1.mp4: its paths start from the "
        "current folder, or from its own\n");
  CHECK(out().empty());
}

TEST_CASE_METHOD(Fixture, "features of windows that a stride makes overlap have a note") {
  const std::string windows = kWeights + "v/a.mp4 --window 16 --features fc6 --features-out f.npy ";
  REQUIRE(run(windows + "--step 16 --frame-stride 2") == 0);
  CHECK_THAT(err(), Catch::Contains("a window of 16 frames spans 31 of the video") &&
                        Catch::Contains("--step 31 parts them"));
  for (const char* parted : {"--step 16", "--step 31 --frame-stride 2", "--step 8 --frame-stride 2"}) {
    INFO(parted);
    REQUIRE(run(windows + parted) == 0);
    CHECK_THAT(err(), !Catch::Contains("overlap"));
  }
}

TEST_CASE_METHOD(Fixture, "fp8 wants calibrated weights and has no heat maps") {
  const std::string fp8 = kOneClip + "--precision fp8 v/a.mp4 ";
  CHECK(run(fp8) == 1);
  CHECK_THAT(err(), Catch::Contains("w.safetensors") &&
                        Catch::Contains("not calibrated for fp8; run c3d_weights calibrate"));
  NamedTensors weights = read_safetensors(folder / "w.safetensors");
  ActivationRanges ranges{};
  ranges.fill(16);
  weights.metadata()[kActivationRangesKey] = to_text(ranges);
  write_safetensors(folder / "w.safetensors", weights);
  CHECK(run(fp8) == 0);
  CHECK(run(fp8 + "--explain a.npy") == 1);
  CHECK_THAT(err(), Catch::Contains("explain in f32 or bf16"));
}

}  // namespace
}  // namespace c3d
