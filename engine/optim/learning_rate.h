// Learning rate schedules: pure functions of the step, so that a resumed run needs to remember its step and
// nothing else. Warm-up grows linearly from rate / warmup_steps to rate (Goyal et al. 2017, section 2.2);
// step and multistep count from the run's first step, the cosine (Loshchilov and Hutter 2017, one period)
// from the end of the warm-up.
#pragma once

#include <cstdint>
#include <vector>

namespace c3d {

enum class ScheduleKind : std::uint8_t { constant, step, multistep, cosine };
const char* to_string(ScheduleKind kind);

struct Schedule {
  ScheduleKind kind = ScheduleKind::constant;
  double rate = 0.01;
  std::int64_t total_steps = 0;               // cosine: where it reaches final_rate
  std::int64_t warmup_steps = 0;              // 0: none
  std::int64_t every = 0;                     // step: multiplied by gamma after each so many steps
  std::vector<std::int64_t> milestones = {};  // multistep: multiplied by gamma at each of these steps, rising
  double gamma = 0.1;
  double final_rate = 0;  // cosine
};

// Of the optimizer step `step`, counted from 0.
double learning_rate(const Schedule& schedule, std::int64_t step);

}  // namespace c3d
