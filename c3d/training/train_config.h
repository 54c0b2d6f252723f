// From settings to what the engine is told: which layers learn and how fast, and the Trainer's configuration.
#pragma once

#include <string>
#include <vector>

#include "c3d/training/optimization_settings.h"
#include "engine/train/trainer.h"
#include "model/c3d.h"

namespace c3d {

inline constexpr const char* kHeadLayer = "fc8";

// The layers of a comma-separated list. Error, with the nearest name, for one that C3D does not have.
std::vector<std::string> layer_names(const C3d& model, const std::string& key, const std::string& list);

// What differs from parameter to parameter: rates, decay, and whether and from which step on they learn.
// Before the store is allocated. Layers count from the last, fc8, downwards.
void set_parameter_rules(const TrainSettings& settings, const C3d& model, ParameterStore& parameters);

// batches: of an epoch. Error: more steps than can be counted, class weights for other classes.
TrainConfig train_config(const TrainSettings& settings, const ModelInfo& info, const PreparedData& data,
                         std::int64_t batches);

// For people, in lines or empty: what class weights came to that follow from the videos, and which layers
// never learn, because the run ends before.
std::string optimization_notes(const TrainSettings& settings, const C3d& model, const TrainConfig& config,
                               const std::vector<std::string>& labels);

}  // namespace c3d
