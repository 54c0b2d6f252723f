// The settings of how a network learns, as engine/optim and engine/train have them, and what contradicts what
// among them.
#pragma once

#include "c3d/training/prepared_data.h"
#include "c3d/training/train_settings.h"
#include "engine/optim/layer_schedule.h"
#include "engine/optim/optimizer.h"
#include "engine/train/clip_loss.h"

namespace c3d {

OptimizerOptions optimizer_options(const TrainSettings& settings);
AverageOptions average_options(const TrainSettings& settings);
GradualUnfreezing unfreezing(const TrainSettings& settings);
// Error: another number of class weights than the videos have classes.
LossOptions loss_options(const TrainSettings& settings, const PreparedData& data);

// Contradictions that the settings show by themselves; part of check_settings().
void check_optimization(const TrainSettings& settings);
// Those that only a new run is kept from: runs that began so before go on.
void check_new_optimization(const TrainSettings& settings);
// Those that the videos show: other classes than there are weights, and none that validates where evaluations
// are to be compared.
void check_against_data(const TrainSettings& settings, const PreparedData& data);

}  // namespace c3d
