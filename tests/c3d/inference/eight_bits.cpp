// A network in fp8: near what f32 gives, and not what bf16 gives.
#include <algorithm>
#include <cmath>

#include "c3d/inference/classifier.h"
#include "catch.h"
#include "engine/io/safetensors.h"
#include "tests/support/backend_or_skip.h"
#include "tests/support/clip_of_waves.h"
#include "tests/support/golden.h"
#include "tests/support/message_of.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/small_model.h"

namespace c3d {
namespace {

struct EightBits {
  ScratchFolder folder;
  std::filesystem::path weights = folder / "small.safetensors";
  std::vector<Clip> clips{clip_of_waves(1), clip_of_waves(2), clip_of_waves(3)};
  EightBits() { write_small_model(weights); }

  void calibrate(float largest) const {
    NamedTensors tensors = read_safetensors(weights);
    ActivationRanges ranges{};
    ranges.fill(largest);
    tensors.metadata()[kActivationRangesKey] = to_text(ranges);
    write_safetensors(weights, tensors);
  }
  // Of all clips, one after the other.
  std::vector<float> features(Backend& backend, Feature feature, bool before_relu = false) const {
    Classifier classifier(backend, weights, {.feature = feature, .before_relu = before_relu});
    std::vector<float> all;
    for (const ClipScore& score : classifier.classify(clips)) {
      all.insert(all.end(), score.features.begin(), score.features.end());
    }
    return all;
  }
};

double error_of(const std::vector<float>& found, const std::vector<float>& wanted) {
  REQUIRE(found.size() == wanted.size());
  return relative_error(found.data(), wanted.data(), static_cast<std::int64_t>(found.size()));
}

TEST_CASE_METHOD(EightBits, "every layer in fp8 is near that of f32, with the same bits each time") {
  calibrate(16);
  const auto f32 = backend_or_skip("reference");
  for (const char* device : {"reference", "cpu"}) {
    const auto fp8 = backend_or_skip({.device = device, .precision = Precision::fp8});
    if (fp8 == nullptr) continue;
    for (const Feature feature : {Feature::pool5, Feature::fc6, Feature::fc7, Feature::fc8}) {
      INFO(device << " " << to_string(feature));
      const std::vector<float> found = features(*fp8, feature);
      const double error = error_of(found, features(*f32, feature));
      CHECK(error > 0.003);  // of 3 bits of mantissa
      CHECK(error < 0.4);
      CHECK(features(*fp8, feature) == found);
    }
    for (const Feature feature : {Feature::fc6, Feature::fc7}) {
      INFO(device << " " << to_string(feature) << " before ReLU");
      const std::vector<float> sums = features(*fp8, feature, true);
      CHECK(error_of(sums, features(*f32, feature, true)) < 0.2);
      CHECK(std::ranges::any_of(sums, [](float sum) { return sum < 0; }));
    }
  }
}

TEST_CASE_METHOD(EightBits, "the logits of fp8 are not those of bf16, and farther from f32's") {
  calibrate(16);
  const auto fp8 = backend_or_skip({.device = "reference", .precision = Precision::fp8}),
             bf16 = backend_or_skip({.device = "reference", .precision = Precision::bf16}),
             f32 = backend_or_skip("reference");
  const std::vector<float> exact = features(*f32, Feature::fc8), half = features(*bf16, Feature::fc8),
                           eight = features(*fp8, Feature::fc8);
  CHECK(eight != half);
  CHECK(error_of(eight, exact) > 2 * error_of(half, exact));
}

TEST_CASE_METHOD(EightBits, "the cpu's network in fp8 is the reference's") {
  calibrate(16);
  const auto cpu = backend_or_skip({.device = "cpu", .precision = Precision::fp8}),
             reference = backend_or_skip({.device = "reference", .precision = Precision::fp8});
  if (cpu == nullptr) return;
  for (const Feature feature : {Feature::pool5, Feature::fc8}) {
    INFO(to_string(feature));
    CHECK(error_of(features(*cpu, feature), features(*reference, feature)) < 0.02);
  }
}

TEST_CASE_METHOD(EightBits, "ranges that are too small cut values off") {
  const auto fp8 = backend_or_skip({.device = "reference", .precision = Precision::fp8}),
             f32 = backend_or_skip("reference");
  calibrate(1e-3f);
  CHECK(error_of(features(*fp8, Feature::pool5), features(*f32, Feature::pool5)) > 0.5);
}

TEST_CASE_METHOD(EightBits,
                 "weights without ranges or with wrong ones are refused in fp8 and say what to do") {
  const auto fp8 = backend_or_skip({.device = "reference", .precision = Precision::fp8});
  const auto refusal = [&] { return message_of([&] { features(*fp8, Feature::fc8); }); };
  CHECK_THAT(refusal(), Catch::Contains("not calibrated for fp8") &&
                            Catch::Contains("c3d_weights calibrate") && Catch::Contains("small.safetensors"));
  NamedTensors tensors = read_safetensors(weights);
  for (const char* wrong : {"", "[1]", "{\"conv2\": 1}", "{\"conv2\": \"a\"}"}) {
    INFO(wrong);
    tensors.metadata()[kActivationRangesKey] = wrong;
    write_safetensors(weights, tensors);
    CHECK_THAT(refusal(),
               Catch::Contains(kActivationRangesKey) && Catch::Contains("calibrate the weights again"));
  }
}

TEST_CASE("ranges survive their text, and scales are powers of two that make room for them") {
  const ActivationRanges ranges{1, 0, 2.5f, 1e-20f, 448, 449, 3e38f, 7};
  CHECK(parse_activation_ranges(to_text(ranges)) == ranges);
  CHECK(e4m3_scale(0) == 1);
  CHECK(e4m3_scale(448) == 1);
  CHECK(e4m3_scale(449) == 2);
  CHECK(e4m3_scale(224) == 0.5f);
  CHECK(e4m3_scale(225) == 1);
  CHECK(std::isfinite(1 / e4m3_scale(1e-38f)));
}

}  // namespace
}  // namespace c3d
