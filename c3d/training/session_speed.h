// How fast a training is on its device: a trial of some real steps and evaluated batches, thrown away after.
#pragma once

#include <array>
#include <functional>
#include <ostream>
#include <string>

#include "c3d/training/prepared_data.h"
#include "c3d/training/time_budget.h"
#include "c3d/training/train_settings.h"

namespace c3d {

struct Trial {
  SessionSpeed speed;
  std::string plan;  // what the backend measured meanwhile, for Backend::add_plan(); or nothing
};

// Times steps for about so many seconds, and evaluated batches for as long, on a backend of its own. `check`
// is called before each and may throw to end it. `measuring` hears of kernels that are measured first, which
// takes its own time, and go to the file that `plan` names where it `writes_plan`. Error: as of TrainSession.
Trial try_session(const TrainSettings& settings, const PreparedData& data, const std::array<float, 3>& mean,
                  double seconds, std::ostream& measuring, const std::function<void()>& check,
                  bool writes_plan);

}  // namespace c3d
