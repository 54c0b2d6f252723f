// cuDNN's own answers for GPUs that are only described (h200.json, and an H100 made from it): which plans C3D's
// convolutions get. No GPU, driver or handle takes part; the code is what runs on one.
#include "kernels/cuda/conv_plan.h"

#include <algorithm>
#include <array>
#include <span>

#include "catch.h"
#include "kernels/cuda/cudnn_conv.h"
#include "tests/cuda/described_gpus.h"
#include "tests/support/message_of.h"

namespace c3d::cuda {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

constexpr std::array kDirections{ConvDirection::forward, ConvDirection::backward_data,
                                 ConvDirection::backward_filter};

ConvKey key_of(const Layer& layer, ConvDirection direction, std::int64_t batch, Precision precision) {
  return ConvKey::of(direction, {}, {batch, layer.d, layer.h, layer.w, layer.channels},
                     {layer.filters, 3, 3, 3, layer.channels}, format_of(precision), Activation::relu);
}

PlanRules rules_of(Precision precision) { return default_rules(format_of(precision), true); }

// Every layer, direction and batch.
void check_all(const CudnnTarget& target, Precision precision, std::size_t workspace_limit) {
  const PlanRules rules = rules_of(precision);
  for (const Layer& layer : kLayers) {
    for (const ConvDirection direction : kDirections) {
      for (const std::int64_t batch : {1, 8, 32, 128}) {
        const ConvKey key = key_of(layer, direction, batch, precision);
        INFO(layer.name << ": " << to_text(key));
        const ConvPlan plan = ConvPlan::build(target, key, rules);
        INFO(plan.name() << ", " << plan.workspace_bytes() << " bytes of workspace");
        CHECK(plan.deterministic());
        CHECK_FALSE(plan.compiled_at_run_time());
        CHECK(plan.uses_tensor_cores() == (precision != Precision::f32));
        CHECK(plan.workspace_bytes() <= workspace_limit);
      }
    }
  }
}

std::string refusal(const CudnnTarget& target, const ConvKey& key, const PlanRules& rules) {
  return message_of([&] { ConvPlan::build(target, key, rules); });
}

TEST_CASE("every convolution of C3D has a plan in bf16 under 8 MB of workspace") {
  check_all(gpu(), Precision::bf16, 8 * kMiB);
}

// Conv1's backward filter too: the heuristics' first proposal wants 63 MB for each clip, the first under the
// limit 295 107 bytes at every batch.
TEST_CASE("every convolution of C3D has a plan in tf32 under 8 MB of workspace") {
  check_all(gpu(), Precision::tf32, 8 * kMiB);
}

TEST_CASE("every convolution of C3D has a plan in strict f32 under 32 MB of workspace") {
  check_all(gpu(), Precision::f32, 32 * kMiB);
}

TEST_CASE("a plan for conv1 without its padding channels costs workspace, which is why there are 8") {
  const CudnnTarget& target = gpu();
  ConvKey key = key_of(kLayers[0], ConvDirection::forward, 32, Precision::bf16);
  CHECK(ConvPlan::build(target, key, rules_of(Precision::bf16)).name().starts_with("eng41"));
  key.channels = 3;
  CHECK_FALSE(ConvPlan::build(target, key, rules_of(Precision::bf16)).name().starts_with("eng41"));
}

TEST_CASE("an f32 filter gradient of bf16 values has no plan, and the refusal says so") {
  ConvKey key = key_of(kLayers[1], ConvDirection::backward_filter, 8, Precision::bf16);
  key.filter_gradient = DType::f32;
  const std::string message = refusal(gpu(), key, rules_of(Precision::bf16));
  CHECK(message.find("has no plan for the convolution backward_filter bf16") != std::string::npos);
  CHECK(message.find("gradient f32") != std::string::npos);
}

TEST_CASE("a plan keeps to the limit of workspace it is given") {
  const CudnnTarget& target = gpu();
  const ConvKey key = key_of(kLayers[5], ConvDirection::forward, 8, Precision::f32);
  CHECK(ConvPlan::build(target, key, rules_of(Precision::f32)).workspace_bytes() > kMiB);
  CHECK(ConvPlan::build(target, key, {.deterministic = true, .workspace_limit = kMiB}).workspace_bytes() <=
        kMiB);
}

TEST_CASE("no plan is asked for a tensor of 2^31 elements") {
  const ConvKey key = key_of(kLayers[0], ConvDirection::forward, 168, Precision::bf16);
  CHECK(refusal(gpu(), key, rules_of(Precision::bf16)).find("split the batch") != std::string::npos);
}

TEST_CASE("a plan's name tells candidates apart") {
  const CudnnTarget& target = gpu();
  const ConvKey key = key_of(kLayers[3], ConvDirection::forward, 32, Precision::bf16);
  const auto plans = ConvPlan::candidates(target, key, rules_of(Precision::bf16), 8);
  REQUIRE(plans.size() == 8);
  for (std::size_t i = 1; i < plans.size(); ++i) CHECK(plans[i].name() != plans[0].name());
}

// One clip of conv4 and conv5 fills few multiprocessors: measuring may choose among plans that split the sums, too.
TEST_CASE("for one clip there are plans that split the sums of conv4 and conv5") {
  const CudnnTarget& target = gpu();
  const std::string splits = fmt::format("_k{}=", static_cast<int>(CUDNN_KNOB_TYPE_SPLIT_K_SLC));
  for (const Layer& layer : std::span(kLayers).subspan(4)) {
    const ConvKey key = key_of(layer, ConvDirection::forward, 1, Precision::bf16);
    const auto plans = ConvPlan::candidates(target, key, rules_of(Precision::bf16), 64);
    INFO(layer.name << ": " << plans.size() << " plans");
    CHECK(std::ranges::any_of(
        plans, [&](const ConvPlan& plan) { return plan.name().find(splits) != std::string::npos; }));
  }
}

TEST_CASE("a plan is built by its name, and by no other") {
  const CudnnTarget& target = gpu();
  for (const Precision precision : {Precision::f32, Precision::bf16}) {
    for (const ConvDirection direction : kDirections) {
      const ConvKey key = key_of(kLayers[3], direction, 32, precision);
      for (const ConvPlan& plan : ConvPlan::candidates(target, key, rules_of(precision), 4)) {
        const auto named = ConvPlan::named(target, key, rules_of(precision), plan.name());
        REQUIRE(named.has_value());
        CHECK(named->name() == plan.name());
        CHECK(named->workspace_bytes() == plan.workspace_bytes());
      }
      CHECK_FALSE(ConvPlan::named(target, key, rules_of(precision), "eng99999_k2=0").has_value());
      // The rules hold for it, too.
      const ConvPlan first = ConvPlan::build(target, key, rules_of(precision));
      if (first.workspace_bytes() == 0) continue;
      const PlanRules narrow{.deterministic = true, .workspace_limit = first.workspace_bytes() - 1};
      CHECK_FALSE(ConvPlan::named(target, key, narrow, first.name()).has_value());
    }
  }
}

TEST_CASE("a batch is split into parts alike that stay under the limit") {
  CHECK(clips_per_part(8, 10, 1000) == 8);
  CHECK(clips_per_part(100, 10, 1000) == 100);
  CHECK(clips_per_part(101, 10, 1000) == 51);
  CHECK(clips_per_part(7, 10, 20) == 2);
  CHECK(clips_per_part(1, 10, 10) == 1);
  CHECK_THROWS_AS(clips_per_part(1, 11, 10), Error);
  const std::int64_t conv1 = std::int64_t{16} * 112 * 112 * 64;
  CHECK(clips_per_part(167, conv1, kLargestTensor) == 167);
  CHECK(clips_per_part(168, conv1, kLargestTensor) == 84);
}

}  // namespace
}  // namespace c3d::cuda
