// c3d_weights calibrate, as a user runs it: scenes of the synthetic world stand for videos.
#include "catch.h"
#include "engine/io/safetensors.h"
#include "model/model_file.h"
#include "tests/support/command.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/small_model.h"

namespace c3d {
namespace {

const std::string kScenes = "--data synth:clips=6,validation=2 --device cpu --threads 2";

struct CalibrateFixture {
  ScratchFolder folder;
  CalibrateFixture() { write_small_model(folder / "a.safetensors"); }
  int run(const std::string& arguments) const {
    return run_command(folder.path(), C3D_BINARY_DIR "/bin/c3d_weights " + arguments);
  }
  std::string out() const { return read_text(folder / "out"); }
  std::string err() const { return read_text(folder / "err"); }
  std::optional<ActivationRanges> ranges(const char* file) const {
    return model_info(read_safetensors(folder / file)).activation_ranges;
  }
};

TEST_CASE_METHOD(CalibrateFixture,
                 "calibrate writes the largest values into the weights and leaves the rest") {
  const NamedTensors before = read_safetensors(folder / "a.safetensors");
  REQUIRE(run("calibrate a.safetensors " + kScenes) == 0);
  CHECK_THAT(out(), Catch::Contains("largest values over 6 clips of 6 videos") && Catch::Contains("conv5b"));
  CHECK_THAT(err(), Catch::Contains("calibrating: 6 clips"));
  const std::optional<ActivationRanges> found = ranges("a.safetensors");
  REQUIRE(found);
  for (const float largest : *found) {
    CHECK(largest > 0);
    CHECK(largest < 1000);
  }
  NamedTensors after = read_safetensors(folder / "a.safetensors");
  after.metadata().erase(kActivationRangesKey);
  CHECK(after.metadata() == before.metadata());
  CHECK(run("inspect a.safetensors") == 0);
  CHECK_THAT(out(), Catch::Contains("fp8_activation_ranges: {\"conv2\":"));

  const std::string bytes = read_text(folder / "a.safetensors");
  REQUIRE(run("calibrate a.safetensors " + kScenes) == 0);
  CHECK((read_text(folder / "a.safetensors") == bytes));  // and say not which
  REQUIRE(run("calibrate a.safetensors --clips 2 " + kScenes) == 0);
  CHECK_THAT(out(), Catch::Contains("over 2 clips of 2 videos"));
  for (std::size_t i = 0; i < found->size(); ++i) CHECK(ranges("a.safetensors")->at(i) <= found->at(i));
}

TEST_CASE_METHOD(CalibrateFixture, "convert keeps the ranges unless a layer before them is made anew") {
  REQUIRE(run("calibrate a.safetensors " + kScenes) == 0);
  const std::optional<ActivationRanges> found = ranges("a.safetensors");
  REQUIRE(found);
  REQUIRE(run("convert a.safetensors head.safetensors --reinit fc8 --classes 3") == 0);
  CHECK(ranges("head.safetensors") == found);
  REQUIRE(run("convert a.safetensors half.safetensors --type bf16") == 0);
  CHECK(ranges("half.safetensors") == found);
  REQUIRE(run("convert a.safetensors other.safetensors --reinit fc7") == 0);
  CHECK_FALSE(ranges("other.safetensors"));
}

TEST_CASE_METHOD(CalibrateFixture, "what cannot be calibrated is refused in one line and stays as it was") {
  const auto refused = [&](const std::string& arguments, const std::string& why, int code = 1) {
    INFO(arguments);
    CHECK(run("calibrate " + arguments) == code);
    CHECK_THAT(err(), Catch::Contains(why));
    CHECK(out().empty());
  };
  REQUIRE(run("convert a.safetensors b.pth") == 0);
  const std::string before = read_text(folder / "b.pth");
  refused("b.pth " + kScenes, "convert the weights first");
  CHECK(read_text(folder / "b.pth") == before);
  write_small_model(folder / "bare.safetensors", {.with_preprocessing = false});
  refused("bare.safetensors " + kScenes, "--profile");
  refused("absent.safetensors " + kScenes, "absent.safetensors");
  refused("a.safetensors --data absent", "absent");
  refused("a.safetensors", "--data is required", 2);
  refused("a.safetensors --clips 0 " + kScenes, "--clips", 2);
  CHECK_FALSE(ranges("a.safetensors"));
}

}  // namespace
}  // namespace c3d
