// How much of a training fits into the minutes one has: pure reckoning with measured seconds, and the search
// for the width. What measures is session_speed.cpp.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "c3d/training/train_settings.h"

namespace c3d {

// Seconds of a training as it is set, on the device it is to run on.
struct SessionSpeed {
  double step = 0;        // reading, computing, the optimizer
  double evaluation = 0;  // of all validation clips, with what is written then; 0: nothing validates
  double snapshot = 0;
  std::int64_t epoch_steps = 1;
  std::int64_t usual_steps = 1;  // as `epochs` says, or of a run whose length is not set
};

// Evaluations and snapshots as often as the settings say.
double run_seconds(const TrainSettings& settings, const SessionSpeed& speed, std::int64_t steps);
// The most steps that end within the seconds. At least an epoch, whatever it takes; at most the epochs that
// the settings say, else a thousand or the usual length, whichever is more: nothing is learnt from then on.
std::int64_t steps_within(const TrainSettings& settings, const SessionSpeed& speed, double seconds);

struct TimeSource {
  std::function<double()> seconds_left;  // of the minutes, at the time of the call
  // Of a network with these settings, in about so many seconds.
  std::function<SessionSpeed(const TrainSettings&, double seconds)> measure;
};

// Sets `steps`, to at most `epochs`, which it clears; where the width is free, sets it to the widest of 1/8, 1/4, 1/2 and 1 with
// which the time holds a run of the usual length, or else to 1/8. Returns the estimate in words, in lines
// without the last line end.
std::string fit_to_time(TrainSettings& settings, bool width_is_free, const TimeSource& time);

}  // namespace c3d
