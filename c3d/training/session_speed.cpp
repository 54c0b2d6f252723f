#include "c3d/training/session_speed.h"

#include <memory>

#include "c3d/common/duration.h"
#include "c3d/common/plan_file.h"
#include "c3d/report/pictures.h"
#include "c3d/training/run_setup.h"
#include "c3d/training/train_session.h"
#include "kernels/make_backend.h"

namespace c3d {
namespace {

constexpr std::int64_t kTrialSteps = 10;
// The first steps record, plan, and take batches that were read before; so does the first evaluated batch.
constexpr std::int64_t kFirstSteps = 3, kFirstBatches = 1;
// What a disk writes in a second, cautiously; the pictures of an evaluation.
constexpr double kDiskBytes = 200e6, kPictureSeconds = 0.3;

// Reads the clock whenever the trainer asks whether to stop: before each step, and before each batch of the
// evaluation after the last step of the trial.
class Stopwatch {
 public:
  explicit Stopwatch(double seconds) : seconds_(seconds) {}

  // Whether it has seen enough.
  bool tick(std::int64_t step) {
    const double now = steady_seconds();
    const bool evaluates = step == step_;
    step_ = step;
    if (step > kTrialSteps) return true;
    return evaluates ? batches_.tick(now, kFirstBatches + 1) > seconds_
                     : steps_.tick(now, kFirstSteps + 1) > seconds_;
  }
  double step_seconds() const { return steps_.each(); }
  double batch_seconds() const { return batches_.each(); }  // 0: too few to tell

 private:
  struct Span {
    std::int64_t ticks = 0, counted = 0;
    double start = 0, end = 0;

    // Seconds since tick number `first`, from which on they count; 0 where nothing was counted yet.
    double tick(double now, std::int64_t first) {
      if (++ticks == first) start = now;
      if (ticks <= first) return 0;
      end = now;
      ++counted;
      return end - start;
    }
    double each() const { return counted > 0 ? (end - start) / static_cast<double>(counted) : 0; }
  };

  double seconds_;
  std::int64_t step_ = -1;
  Span steps_, batches_;
};

}  // namespace

SessionSpeed TrainSession::measure_speed(double seconds, const std::function<void()>& check) {
  Stopwatch watch(seconds);
  TrainHooks hooks;
  hooks.stop_requested = [&] {
    check();
    return watch.tick(trainer_->state().step);
  };
  trainer_->run(*train_, validation_.get(), hooks);
  const auto write_seconds = [&](std::size_t arrays) {
    return static_cast<double>(parameters_.all_values().bytes() * arrays) / kDiskBytes;
  };
  SessionSpeed speed;
  speed.step = watch.step_seconds();
  speed.snapshot = write_seconds(2 + trainer_->state_arrays().size());  // last.safetensors, and the state
  speed.epoch_steps = steps_per_epoch(train_->batches_per_epoch(), settings_.accumulate);
  speed.usual_steps = total_steps();
  if (!validation_) return speed;
  double batch = watch.batch_seconds();
  // A forward pass alone is about a third of the three of training.
  if (batch == 0) batch = speed.step / static_cast<double>(settings_.accumulate) / 3;
  speed.evaluation = batch * static_cast<double>(validation_->batches_per_epoch()) + write_seconds(1) +
                     (can_draw() ? kPictureSeconds : 0);
  return speed;
}

Trial try_session(const TrainSettings& settings, const PreparedData& data, const std::array<float, 3>& mean,
                  double seconds, std::ostream& measuring, const std::function<void()>& check,
                  bool writes_plan) {
  TrainSettings trial = settings;
  trial.validate_every = kTrialSteps;
  trial.report_every = 1;
  const std::unique_ptr<Backend> backend = make_backend(backend_spec(trial));
  keep_plan(*backend, trial.plan, measuring, {.writes_file = writes_plan});
  TrainSession session(*backend, trial, data, mean, TrainSession::Start::anew);
  Trial result;
  result.speed = session.measure_speed(seconds, check);
  if (backend->measures()) result.plan = backend->plan();
  return result;
}

}  // namespace c3d
