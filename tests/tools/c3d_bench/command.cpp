// The program itself, as a user runs it.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "c3d/report/pictures.h"
#include "catch.h"
#include "engine/io/atomic_file.h"
#include "engine/io/json.h"
#include "engine/io/safetensors.h"
#include "tests/support/command.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/small_model.h"

namespace c3d {
namespace {

constexpr std::int64_t kClips = 3, kClasses = 5;

struct Fixture {
  ScratchFolder folder;
  Fixture() {
    write_small_model(folder / "model.safetensors");
    write_clips(50, 60);
  }

  // Frames of which the middle 48 x 48 hold a texture, and what is around them `border`.
  void write_clips(std::int64_t height, std::int64_t width, std::uint8_t border = 0) const {
    NamedTensors clips;
    const Tensor frames = clips.add("frames", {kClips, 16, height, width, 3}, DType::u8);
    const std::int64_t top = (height - 48) / 2, left = (width - 48) / 2;
    std::int64_t i = 0;
    for (std::int64_t frame = 0; frame < kClips * 16; ++frame) {
      for (std::int64_t y = -top; y < height - top; ++y) {
        for (std::int64_t x = -left; x < width - left; ++x) {
          const bool inside = y >= 0 && y < 48 && x >= 0 && x < 48;
          for (std::int64_t c = 0; c < 3; ++c) {
            const std::int64_t texture = (frame * 31 + y * 7 + x * 13 + c * 97) * 5 % 256;
            frames.as<std::uint8_t>()[i++] = inside ? static_cast<std::uint8_t>(texture) : border;
          }
        }
      }
    }
    const Tensor labels = clips.add("labels", {kClips}, DType::i32);
    for (std::int32_t n = 0; n < kClips; ++n) labels.as<std::int32_t>()[n] = 4 - n;
    write_safetensors(folder / "clips.safetensors", clips);
  }
  // In the folder, with stderr in the file `err`.
  int run(const std::string& arguments) const {
    return run_command(folder.path(),
                       C3D_BINARY_DIR
                           "/bin/c3d_bench --device reference --weights model.safetensors --clips "
                           "clips.safetensors " +
                           arguments);
  }
};

TEST_CASE_METHOD(Fixture, "c3d_bench answers with logits and the gradients of the mean cross entropy") {
  REQUIRE(run("--batch 2 --answers answers.safetensors") == 0);
  const NamedTensors outputs = read_safetensors(folder / "answers.safetensors");
  const NamedTensors weights = read_safetensors(folder / "model.safetensors");
  for (const NamedTensor& weight : weights.all()) {
    CHECK(outputs.at(weight.name).values.shape() == weight.values.shape());
  }
  const ConstTensor logits = outputs.at("logits").values;
  REQUIRE(logits.shape() == Shape{2, kClasses});

  // The gradient of fc8's bias is the mean of softmax(logits) - one_hot(label): labels 4 and 3.
  double expected[kClasses] = {0, 0, 0, -0.5, -0.5};
  for (std::int64_t n = 0; n < 2; ++n) {
    const float* row = logits.as<float>() + n * kClasses;
    double sum = 0;
    for (std::int64_t k = 0; k < kClasses; ++k) sum += std::exp(row[k]);
    for (std::int64_t k = 0; k < kClasses; ++k) expected[k] += std::exp(row[k]) / sum / 2;
  }
  const float* gradient = outputs.at("fc8.bias").values.as<float>();
  for (std::int64_t k = 0; k < kClasses; ++k) CHECK(gradient[k] == Approx(expected[k]).margin(1e-5));
}

TEST_CASE_METHOD(Fixture, "c3d_bench shows the network the middle of its clips and no more") {
  REQUIRE(run("--batch 1 --inference --answers a.safetensors") == 0);
  write_clips(54, 70, 200);
  REQUIRE(run("--batch 1 --inference --answers b.safetensors") == 0);
  const NamedTensors a = read_safetensors(folder / "a.safetensors"),
                     b = read_safetensors(folder / "b.safetensors");
  REQUIRE(a.all().size() == 1);  // no gradients with --inference
  REQUIRE(a.at("logits").values.bytes() == b.at("logits").values.bytes());
  CHECK(std::memcmp(a.at("logits").values.data(), b.at("logits").values.data(),
                    a.at("logits").values.bytes()) == 0);
}

TEST_CASE_METHOD(Fixture, "c3d_bench refuses clips that do not suffice") {
  CHECK(run("--batch 4 --answers a.safetensors") == 1);
  CHECK_THAT(read_text(folder / "err"),
             Catch::Contains("clips.safetensors") && Catch::Contains("there are 3 clips, a batch takes 4"));
  NamedTensors clips;
  clips.add("frames", {kClips, 16, 50, 60, 3}, DType::f32);
  clips.add("labels", {kClips}, DType::i32);
  write_safetensors(folder / "clips.safetensors", clips);
  CHECK(run("--batch 2 --answers a.safetensors") == 1);
  CHECK_THAT(read_text(folder / "err"), Catch::Contains("frames are f32"));
}

TEST_CASE_METHOD(Fixture, "c3d_bench builds the network of the width it is given") {
  REQUIRE(run_command(folder.path(), C3D_BINARY_DIR
                      "/bin/c3d_bench --device cpu --plan fixed --width 0.1 --batch 1 --training "
                      "--answers narrow.safetensors") == 0);
  const NamedTensors gradients = read_safetensors(folder / "narrow.safetensors");
  CHECK(gradients.at("conv5b.weight").values.shape() == Shape{48, 48, 3, 3, 3});
  CHECK(gradients.at("fc7.weight").values.shape() == Shape{408, 408});
  CHECK(run("--width 0.1 --answers a.safetensors") == 2);  // the weights have their own
  CHECK_THAT(read_text(folder / "err"), Catch::Contains("--width"));
}

TEST_CASE_METHOD(Fixture, "c3d_bench draws the chart of a results file and says what one lacks") {
  write_file(folder / "good.json",
             R"({"chart": {"title": "t", "subtitle": "s", "columns": ["a"], "footer": [],
    "groups": [{"name": "g", "rows": [{"name": "r", "kind": "ours", "bars": [{"value": 1, "text": "1"}]}]}]}})");
  const auto draw = [&](const std::string& files) {
    return run_command(folder.path(), C3D_BINARY_DIR "/bin/c3d_bench --chart " + files);
  };
  const auto complaint = [&](const std::string& text) {
    write_file(folder / "bad.json", text);
    CHECK(draw("bad.json bad.png") == 1);
    return read_text(folder / "err");
  };
  CHECK_THAT(complaint(R"({"chart": {"title": "t"}})"),
             Catch::Contains("bad.json holds no chart: chart.subtitle is missing"));
  const std::string head = R"({"chart": {"title": "t", "subtitle": "s", "columns": ["a"], "footer": [], )";
  CHECK_THAT(complaint(head + R"("groups": [{"name": "g"}]}})"),
             Catch::Contains("chart.groups[0].rows is missing"));
  CHECK_THAT(complaint(head + R"("groups": [{"name": "g", "rows": 3}]}})"),
             Catch::Contains("chart.groups[0].rows must be a list; it is number"));
  CHECK_THAT(
      complaint(head + R"("groups": [{"name": "g", "rows": [{"name": "r", "kind": "our", "bars": []}]}]}})"),
      Catch::Contains("chart.groups[0].rows[0].kind is 'our'") && Catch::Contains("nearest is 'ours'"));
  CHECK_THAT(
      complaint(head + R"("groups": [{"name": "g", "rows": [{"name": "r", "kind": "ours", "bars": []}]}]}})"),
      Catch::Contains("chart.groups[0].rows[0].bars has 0 bars for 1 columns"));
  CHECK_THAT(complaint("{}"), Catch::Contains("`chart` is missing"));
  CHECK_THAT(complaint("{\n\"chart\": oh}"),
             Catch::Contains("bad.json, line 2: this is not JSON") && !Catch::Contains("exception"));
  CHECK(draw("absent.json bad.png") == 1);
  CHECK_THAT(read_text(folder / "err"),
             Catch::Contains("absent.json") && Catch::Contains("no such file", Catch::CaseSensitive::No));
  if (!can_draw()) return;
  CHECK(draw("good.json good.png") == 0);
  CHECK_THAT(read_text(folder / "good.png"), Catch::Contains("PNG"));
}

TEST_CASE_METHOD(Fixture, "c3d_bench says before it measures that its results cannot be written") {
  for (const char* option : {"--json", "--answers"}) {
    INFO(option);
    CHECK(run("--batch 1 " + std::string(option) + " nowhere/j") == 1);
    CHECK_THAT(read_text(folder / "err"),
               Catch::Contains("nowhere/j: there is no folder") && !Catch::Contains("measuring"));
    CHECK(run("--batch 1 " + std::string(option) + " .") == 1);
    CHECK_THAT(read_text(folder / "err"), Catch::Contains("it is a folder") && !Catch::Contains("measuring"));
  }
}

TEST_CASE_METHOD(Fixture, "c3d_bench refuses options of which one would be left out") {
  std::filesystem::create_directory(folder / "videos");
  for (const char* work : {"--decode videos", "--augment videos", "--chart a.json a.png"}) {
    for (const char* other : {"--answers a", "--ops", "--net", "--inference", "--training", "--width 0.5",
                              "--weights model.safetensors", "--clips clips.safetensors", "--batch 2",
                              "--device cpu", "--precision f32", "--threads 1", "--plan fixed", "--cold"}) {
      const std::string arguments = std::string(work) + " " + other;
      INFO(arguments);
      CHECK(run_command(folder.path(), C3D_BINARY_DIR "/bin/c3d_bench " + arguments) == 2);
      const std::string option = std::string(other).substr(0, std::string(other).find(' '));
      CHECK_THAT(read_text(folder / "err"), Catch::Contains("excludes") && Catch::Contains(option));
    }
  }
  CHECK(run("--answers a --json b") == 2);
  CHECK(run("--answers a --cold") == 2);
}

TEST_CASE_METHOD(Fixture, "c3d_bench says in its JSON that caches were emptied before each timing") {
  REQUIRE(run("--net --inference --batch 1 --repeats 1 --json j --cold") == 0);
  CHECK(parse_json(read_text(folder / "j"))["cold"] == true);
}

TEST_CASE_METHOD(Fixture, "c3d_bench takes no width that is no number") {
  CHECK(run_command(folder.path(), C3D_BINARY_DIR "/bin/c3d_bench --width nan --answers a") == 2);
  CHECK_THAT(read_text(folder / "err"),
             Catch::Contains("--width: is 'nan', but must be a number from 0.01 to 8"));
}

TEST_CASE_METHOD(Fixture, "c3d_bench answers in fp8 otherwise than in bf16 and has no gradients in it") {
  for (const char* precision : {"bf16", "fp8"}) {
    REQUIRE(run(std::string("--inference --batch 2 --answers a_") + precision + " --precision " +
                precision) == 0);
  }
  const NamedTensors half = read_safetensors(folder / "a_bf16"), eight = read_safetensors(folder / "a_fp8");
  const ConstTensor a = half.at("logits").values, b = eight.at("logits").values;
  REQUIRE(a.shape() == b.shape());
  CHECK(std::memcmp(a.data(), b.data(), a.bytes()) != 0);
  for (const char* other : {"", "--net", "--ops --training", "--answers a", "--net --training"}) {
    INFO(other);
    CHECK(run(std::string("--precision fp8 ") + other) == 2);
    CHECK_THAT(read_text(folder / "err"), Catch::Contains("fp8 is for inference"));
  }
  REQUIRE(run("--precision fp8 --ops --batch 1 --repeats 1 --json ops") == 0);
  const nlohmann::json ops = parse_json(read_text(folder / "ops"))["ops"];
  CHECK(std::ranges::count_if(ops, [](const auto& op) { return op["op"] == "conv3d_e4m3"; }) == 6);
  CHECK(std::ranges::count_if(ops, [](const auto& op) { return op["op"] == "linear_e4m3"; }) == 2);
}

}  // namespace
}  // namespace c3d
