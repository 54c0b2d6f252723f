// The arithmetic of the losses and of the optimizer, element by element on the host, against the reference.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "catch.h"
#include "kernels/cuda/arithmetic.h"
#include "kernels/cuda/optimizer_chunks.h"
#include "kernels/reference/ops.h"
#include "tests/support/closeness.h"

namespace c3d::cuda {
namespace {

constexpr float kNotANumber = std::numeric_limits<float>::quiet_NaN();

// The loss and the gradient of one row, from the pieces that the kernels are made of.
struct RowOutcome {
  float loss = 0;
  std::vector<float> gradient;
};
RowOutcome softmax_row(const std::vector<float>& probabilities, const MixedLabels& labels, float smoothing,
                       float gamma) {
  const auto classes = static_cast<std::int64_t>(probabilities.size());
  const TargetShares shares = target_shares(smoothing, classes);
  RowOutcome row;
  float sum = 0;
  for (std::int64_t c = 0; c < classes; ++c) {
    const float p = probabilities[static_cast<std::size_t>(c)], share = class_share(shares, labels, c);
    row.loss += share * focal_loss(gamma, std::log(p));
    row.gradient.push_back(share * focal_slope(gamma, p));
    sum += row.gradient.back();
  }
  for (std::size_t c = 0; c < probabilities.size(); ++c) row.gradient[c] -= probabilities[c] * sum;
  return row;
}

TEST_CASE("the loss of a row is the reference's") {
  const std::vector<float> logits{0.5f, -1, 2, 0, 1.5f};
  const std::vector<std::int32_t> first{2}, second{4};
  const std::vector<float> mix{0.7f};
  std::vector<float> probabilities(5), losses(1), wanted(5);
  for (const float gamma : {0.0f, 0.5f, 2.0f}) {
    for (const float smoothing : {0.0f, 0.1f}) {
      const CrossEntropyRule rule{.label_smoothing = smoothing, .focal_gamma = gamma};
      const CrossEntropyTargets targets{host_tensor(first.data(), {1}), host_tensor(second.data(), {1}),
                                        host_tensor(mix.data(), {1})};
      const Shape shape{1, 5};
      reference::softmax_cross_entropy_forward(rule, host_tensor(logits.data(), shape), targets,
                                               host_tensor(probabilities.data(), shape),
                                               host_tensor(losses.data(), {1}));
      reference::softmax_cross_entropy_backward(1, rule, host_tensor(probabilities.data(), shape), targets,
                                                host_tensor(wanted.data(), shape));
      const RowOutcome row = softmax_row(probabilities, {2, 4, 0.7f}, smoothing, gamma);
      INFO("gamma " << gamma << ", smoothing " << smoothing);
      CHECK(row.loss == Approx(losses[0]));
      CHECK(compare(row.gradient, wanted, kStrictF32).close);
    }
  }
  CHECK(focal_loss(2.0f, 0.0f) == 0);
  CHECK(focal_slope(0.5f, 1.0f) == 0);
  CHECK(focal_slope(2.0f, 0.0f) == -1);
}

TEST_CASE("the loss of a label set is the reference's") {
  const std::vector<float> logits{0.5f, -30, 30, 0}, targets{1, 1, 0, 0.25f}, weights{1, 0.5f, 1, 3};
  std::vector<float> probabilities(4), losses(1), wanted(4), gradient;
  const Shape shape{1, 4};
  reference::sigmoid_cross_entropy_forward(
      host_tensor(weights.data(), {4}), host_tensor(logits.data(), shape), host_tensor(targets.data(), shape),
      host_tensor(probabilities.data(), shape), host_tensor(losses.data(), {1}));
  reference::sigmoid_cross_entropy_backward(
      4, host_tensor(weights.data(), {4}), host_tensor(probabilities.data(), shape),
      host_tensor(targets.data(), shape), host_tensor(wanted.data(), shape));
  float loss = 0;
  for (std::size_t c = 0; c < 4; ++c) {
    CHECK(sigmoid(logits[c]) == Approx(probabilities[c]));
    loss += sigmoid_loss(logits[c], targets[c], weights[c]) / 4;
    gradient.push_back(sigmoid_slope(probabilities[c], targets[c], weights[c]));
  }
  CHECK(loss == Approx(losses[0]));
  CHECK(compare(gradient, wanted, kStrictF32).close);
}

// Does to each element what a launch over the ranges would; expects to meet it once at most.
struct Updated {
  std::vector<float> values, velocity, second_moment;
};
template <OptimizerRule rule>
void update(const UpdateRates& of_all, const std::vector<OptimizerRange>& ranges, float learning_rate,
            float decay, const std::vector<float>& gradients, Updated& arrays) {
  std::vector<int> visits(gradients.size());
  const UpdateChunks chunks = update_chunks_of(ranges.data(), static_cast<std::int64_t>(ranges.size()));
  for (std::uint32_t block = 0; block < chunks.end[chunks.range_count - 1]; ++block) {
    const UpdateChunk chunk = chunk_of(chunks, block);
    UpdateRates rates = of_all;
    rates.rate = learning_rate * chunk.range.learning_rate_scale;
    rates.decay = decay * chunk.range.weight_decay_scale;
    const auto updates = static_cast<float>(5 - chunk.range.first_step);
    rates.velocity_scale = bias_correction(std::log(rates.momentum), updates);
    rates.second_moment_scale = bias_correction(std::log(rates.beta2), updates);
    const std::int64_t first = chunk.first_pack * kUpdatePack,
                       last = first + kUpdatePacksOfChunk * kUpdatePack;
    for (std::int64_t i = std::max(first, chunk.range.first); i < std::min(last, chunk.range.last); ++i) {
      const auto at = static_cast<std::size_t>(i);
      ++visits[at];
      update_parameter<rule>(rates, gradients[at], arrays.values[at], arrays.velocity[at],
                             arrays.second_moment[at]);
    }
  }
  CHECK(std::all_of(visits.begin(), visits.end(), [](int count) { return count <= 1; }));
}

template <OptimizerRule rule>
void check_update(float clip_norm) {
  constexpr std::int64_t kCount = 20000;
  const std::vector<OptimizerRange> ranges{{0, 4097, 1, 1},
                                           {4097, 4097, 5, 5},
                                           {4099, 4100, 2, 0, 4},
                                           {4100, 13001, 10, 1, 2},
                                           {13002, 19999, 1, 0}};
  Updated got;
  std::vector<float> gradients;
  for (std::uint64_t i = 0; i < kCount; ++i) {
    got.values.push_back(uniform_float(philox(5, i, 0).word[0]) - 0.5f);
    gradients.push_back(uniform_float(philox(6, i, 0).word[0]) - 0.5f);
    got.velocity.push_back(uniform_float(philox(7, i, 0).word[0]) - 0.5f);
    got.second_moment.push_back(uniform_float(philox(8, i, 0).word[0]));
  }
  Updated wanted = got;
  float norm_squared = 9;
  const auto flat = [](std::vector<float>& values) { return host_tensor(values.data(), {kCount}); };
  reference::optimizer_step({.step = 4, .learning_rate = 0.01f},
                            {.rule = rule,
                             .momentum = 0.9f,
                             .beta2 = 0.99f,
                             .epsilon = 1e-3f,
                             .weight_decay = 0.05f,
                             .clip_norm = clip_norm,
                             .gradient_norm_squared = host_tensor(&norm_squared, {1}),
                             .ranges = ranges},
                            {.parameters_in_place = flat(wanted.values),
                             .gradients = flat(gradients),
                             .velocity_in_place = flat(wanted.velocity),
                             .second_moment_in_place = flat(wanted.second_moment)});
  const UpdateRates rates{.gradient_scale = clip_norm > 0 ? clip_scale(3, clip_norm) : 1,
                          .momentum = 0.9f,
                          .rate = 0,
                          .decay = 0,
                          .beta2 = 0.99f,
                          .epsilon = 1e-3f};
  update<rule>(rates, ranges, 0.01f, 0.05f, gradients, got);
  INFO("rule " << static_cast<int>(rule) << ", clip_norm " << clip_norm);
  CHECK(compare(got.values, wanted.values, kStrictF32).close);
  CHECK(compare(got.velocity, wanted.velocity, kStrictF32).close);
  CHECK(compare(got.second_moment, wanted.second_moment, kStrictF32).close);
}

TEST_CASE("an update is the reference's by every rule for ranges of any bounds") {
  for (const float clip_norm : {0.0f, 2.0f}) {
    check_update<OptimizerRule::sgd>(clip_norm);
    check_update<OptimizerRule::nesterov>(clip_norm);
    check_update<OptimizerRule::caffe>(clip_norm);
    check_update<OptimizerRule::adamw>(clip_norm);
  }
}

TEST_CASE("a norm that is no number clips nothing") {
  CHECK(clip_scale(4, 2) == 0.5f);
  CHECK(clip_scale(1, 2) == 1.0f);
  CHECK(clip_scale(kNotANumber, 2) == 1.0f);
}

}  // namespace
}  // namespace c3d::cuda
