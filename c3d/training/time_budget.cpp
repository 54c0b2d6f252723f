#include "c3d/training/time_budget.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "c3d/common/duration.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

constexpr double kWidths[] = {0.125, 0.25, 0.5, 1};
constexpr std::int64_t kMostPasses = 1000;
// Other programs, a processor that gets warm, the last pictures.
constexpr double kReserve = 0.05, kLastSeconds = 1;
constexpr double kTrialShare = 0.04;  // of the time, for each width
// A network twice as wide takes at least so many times as long a step.
constexpr double kLeastGrowth = 1.5;

std::int64_t rounded_up(std::int64_t value, std::int64_t divisor) { return (value + divisor - 1) / divisor; }

std::int64_t evaluations(const TrainSettings& s, const SessionSpeed& speed, std::int64_t steps) {
  if (s.validate_every > 0) return rounded_up(steps, s.validate_every);
  return rounded_up(steps, std::max(speed.epoch_steps, rounded_up(steps, 10)));
}

std::int64_t snapshots(const TrainSettings& s, std::int64_t steps) {
  if (s.snapshot_every > 0) return rounded_up(steps, s.snapshot_every);
  return rounded_up(steps, std::clamp<std::int64_t>(steps / 20, 1, 200));
}

std::string passes_text(std::int64_t steps, const SessionSpeed& speed) {
  const double passes = static_cast<double>(steps) / static_cast<double>(speed.epoch_steps);
  return fmt::format("{:.{}f} passes over the training videos", passes, passes < 10 ? 1 : 0);
}

}  // namespace

double run_seconds(const TrainSettings& s, const SessionSpeed& speed, std::int64_t steps) {
  return speed.step * static_cast<double>(steps) +
         speed.evaluation * static_cast<double>(evaluations(s, speed, steps)) +
         speed.snapshot * static_cast<double>(snapshots(s, steps));
}

std::int64_t steps_within(const TrainSettings& s, const SessionSpeed& speed, double seconds) {
  const std::int64_t most =
      s.epochs > 0 ? speed.usual_steps : std::max(speed.usual_steps, kMostPasses * speed.epoch_steps);
  std::int64_t fit = speed.epoch_steps, too_many = most + 1;
  while (fit + 1 < too_many) {
    const std::int64_t middle = fit + (too_many - fit) / 2;
    (run_seconds(s, speed, middle) <= seconds ? fit : too_many) = middle;
  }
  return fit;
}

std::string fit_to_time(TrainSettings& settings, bool width_is_free, const TimeSource& time) {
  const double all = time.seconds_left();
  std::vector<double> widths = {settings.width};
  if (width_is_free) widths.assign(std::begin(kWidths), std::end(kWidths));
  settings.steps = 0;
  TrainSettings fitted = settings;
  SessionSpeed speed;
  for (const double width : widths) {
    TrainSettings wider = settings;
    wider.width = width;
    const SessionSpeed its = time.measure(wider, kTrialShare * std::max(all, 0.0));
    const double seconds = time.seconds_left() * (1 - kReserve) - kLastSeconds;
    wider.steps = steps_within(wider, its, seconds);
    const bool is_first = width == widths.front();
    if (!is_first && wider.steps < its.usual_steps) {
      // What this trial took is gone, too.
      fitted.steps = steps_within(fitted, speed, seconds);
      break;
    }
    fitted = wider;
    speed = its;
    if (static_cast<double>(wider.steps) < kLeastGrowth * static_cast<double>(its.usual_steps)) break;
  }
  const double needed = run_seconds(fitted, speed, fitted.steps);
  const double left = time.seconds_left();
  settings = fitted;
  settings.epochs = 0;
  std::string text = fmt::format(
      "{:g} minutes: C3D of width {:g} makes a step of {} clips in {:.2g} s here, so {} steps, {}; with "
      "evaluations and snapshots about {}",
      settings.minutes, settings.width, settings.batch * settings.accumulate, speed.step, settings.steps,
      passes_text(settings.steps, speed), duration_text(needed));
  if (settings.steps <= speed.epoch_steps && needed > left) {
    text += fmt::format("\nnote: {:g} minutes are too few for each training video once, which it does anyway",
                        settings.minutes);
  } else if (settings.steps < speed.usual_steps) {
    text +=
        fmt::format("\nnote: {} steps are usual for these videos, about {} like this; more --minutes help",
                    speed.usual_steps, duration_text(run_seconds(settings, speed, speed.usual_steps)));
  }
  return text;
}

}  // namespace c3d
