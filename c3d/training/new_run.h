// What is settled of a new run before its first step, beyond what was asked: its recipe, by the videos and
// the device, and a length that fits into the time one has. It all ends in the settings, and so in
// config.json.
#pragma once

#include <array>
#include <functional>
#include <ostream>
#include <string>

#include "c3d/training/prepared_data.h"
#include "c3d/training/recipes.h"
#include "c3d/training/resolved_run.h"
#include "c3d/training/run_request.h"
#include "c3d/training/train_settings.h"

namespace c3d {

// The recipe of a new run, before it has seen videos; its settings agree with each other. Errors name the
// config file.
RecipeChoice start_recipe(const RunRequest& request, const ResolvedRun& resolved);
// Chooses by the training videos. `data` was prepared for the settings so far, and is prepared anew by
// `prepare` where the recipe wants other frames; clips alone need not.
void choose_by_videos(RecipeChoice& recipe, PreparedData& data,
                      const std::function<PreparedData(const TrainSettings&)>& prepare);
// Chooses by the device that the settings name. Error: it cannot be used.
void choose_by_device(RecipeChoice& recipe);

struct NewRunTime {
  double started = 0;           // steady_seconds() when the program began to work
  std::ostream& measuring;      // hears of kernels that are measured
  std::function<void()> check;  // called often; may throw to end it
  bool writes_plan = true;      // to the file that the plan names
  int ranks = 1;                // that will share each step
};

struct SettledRun {
  TrainSettings settings;
  std::string estimate;  // in words, where the length was fitted to the time
  std::string note;      // in words, where the recipe's warm-up was longer than such a run can bear
  std::string plan;      // measured meanwhile, for Backend::add_plan(); or nothing
};
// The recipe's settings, with the steps, the width, the warm-up and the falls of the rate that follow from
// time and videos.
SettledRun settle(const RecipeChoice& recipe, const PreparedData& data, const std::array<float, 3>& mean,
                  const NewRunTime& time);

}  // namespace c3d
