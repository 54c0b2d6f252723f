// What Trainer does about values that are not finite: sees them, finds the layer where they began, and ends
// the run with one sentence.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/train/anomaly_detector.h"
#include "engine/train/trainer.h"

namespace c3d {
namespace {

// No classifier learns its way back from here: ln of a million classes is 14.
constexpr double kExplodedLoss = 1000;

}  // namespace

float Trainer::read_sum(ConstTensor few) {
  const Tensor host = host_scalar_.tensor(few.shape(), DType::f32);
  backend_.copy(few, host);
  backend_.synchronize();
  return std::accumulate(host.as<float>(), host.as<float>() + few.count(), 0.0F);
}

// Not finite where one of the values is not, or where the sum leaves f32.
float Trainer::sum_of_squares(ConstTensor values) {
  const Tensor squares = squares_.tensor({1}, DType::f32);
  backend_.sum_of_squares(values, squares);
  return read_sum(squares);
}

Tensor Trainer::gradient_squares() {
  const Tensor squares = squares_.tensor({1}, DType::f32);
  backend_.sum_of_squares(parameters_.all_gradients(), squares);
  return squares;
}

// Before the update, so that the parameters are still those the failure came from.
void Trainer::stop_if_not_finite(const StepScalars& scalars, ConstTensor squares) {
  const float norm_squared = read_sum(squares);
  const std::int64_t n = config_.input.batch;
  const Tensor losses = host_losses_.tensor({n}, DType::f32);
  backend_.copy(program_.losses(), losses);
  backend_.synchronize();
  double sum = 0;
  for (std::int64_t row = 0; row < n; ++row) sum += static_cast<double>(losses.as<float>()[row]);
  if (!std::isfinite(sum)) explain_failure(scalars, Direction::forward, "the loss is not finite");
  if (!std::isfinite(norm_squared))
    explain_failure(scalars, Direction::backward, "the gradient's norm is not finite");
  const double mean = sum / static_cast<double>(n);
  const std::vector<float>& weights = config_.loss.class_weights;
  const float largest = weights.empty() ? 1 : std::max(1.0f, *std::ranges::max_element(weights));
  if (mean > kExplodedLoss * static_cast<double>(largest))
    explain_failure(scalars, Direction::forward, fmt::format("the loss has grown to {:.4g}", mean));
}

// Runs the same part again, on the same clips and random numbers, and watches every layer.
void Trainer::explain_failure(const StepScalars& scalars, Direction direction, const std::string& what) {
  AnomalyDetector detector;
  program_.tape().observe(&detector);
  backend_.begin_step(scalars);
  program_.tape().forward();
  program_.tape().backward();
  program_.tape().observe(nullptr);
  std::string where;
  if (const auto& first = detector.first_not_finite()) {
    where = fmt::format("the first value that is not finite {} {}",
                        first->from_inputs ? "is a parameter, seen in" : "was made in", to_string(*first));
  } else {
    where = fmt::format("every single value is finite; the largest, {:.3g}, was made in {}",
                        detector.largest(direction).magnitude, to_string(detector.largest(direction)));
  }
  fail(
      "training stopped in step {} (learning rate {:.3g}): {}; {}. Nothing was saved of it; earlier "
      "snapshots stay and are good. Try a learning_rate of {:.2g}, a longer warm-up (warmup_steps), a "
      "smaller clip_norm or a smaller input_scale",
      state_.step + 1, scalars.learning_rate, what, where, config_.schedule.rate / 3);
}

// A loss that is no number compares with nothing: it would pass for the best.
void Trainer::stop_if_not_finite(const EvaluationReport& report) {
  if (std::isfinite(report.clip_loss) && std::isfinite(report.video_loss)) return;
  for (MetricSink* sink : sinks_) sink->on_evaluation(report);
  fail(
      "training stopped after step {}: the loss of the validation videos is not finite. Nothing was saved of "
      "it; earlier snapshots stay and are good. Try a learning_rate of {:.2g}, a longer warm-up "
      "(warmup_steps), a smaller clip_norm or a smaller input_scale",
      state_.step, config_.schedule.rate / 3);
}

}  // namespace c3d
