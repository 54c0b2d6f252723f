#include "engine/optim/learning_rate.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "engine/core/error.h"

namespace c3d {
namespace {

double after_warmup(const Schedule& schedule, std::int64_t step) {
  switch (schedule.kind) {
    case ScheduleKind::constant:
      return schedule.rate;
    case ScheduleKind::step:
      expect(schedule.every > 0, "learning rate: the schedule `step` needs a positive number of steps");
      return schedule.rate * std::pow(schedule.gamma, std::floor(static_cast<double>(step) /
                                                                 static_cast<double>(schedule.every)));
    case ScheduleKind::multistep: {
      const auto passed = std::upper_bound(schedule.milestones.begin(), schedule.milestones.end(), step);
      return schedule.rate *
             std::pow(schedule.gamma, static_cast<double>(passed - schedule.milestones.begin()));
    }
    case ScheduleKind::cosine: {
      const std::int64_t length = schedule.total_steps - schedule.warmup_steps;
      if (length <= 0) return schedule.rate;
      const double done = std::clamp(
          static_cast<double>(step - schedule.warmup_steps) / static_cast<double>(length), 0.0, 1.0);
      return schedule.final_rate +
             0.5 * (schedule.rate - schedule.final_rate) * (1 + std::cos(std::numbers::pi * done));
    }
  }
  fail("learning rate: no such schedule");
}

}  // namespace

const char* to_string(ScheduleKind kind) {
  switch (kind) {
    case ScheduleKind::constant:
      return "constant";
    case ScheduleKind::step:
      return "step";
    case ScheduleKind::multistep:
      return "multistep";
    case ScheduleKind::cosine:
      return "cosine";
  }
  return "";
}

double learning_rate(const Schedule& schedule, std::int64_t step) {
  expect(std::is_sorted(schedule.milestones.begin(), schedule.milestones.end()),
         "learning rate: milestones must rise");
  const double rate = after_warmup(schedule, step);
  if (step >= schedule.warmup_steps) return rate;
  return rate * static_cast<double>(step + 1) / static_cast<double>(schedule.warmup_steps);
}

}  // namespace c3d
