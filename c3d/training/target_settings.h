// What the setting `targets` asks of the others, and what it makes of the loss.
#pragma once

#include "c3d/training/train_settings.h"
#include "engine/train/clip_loss.h"

namespace c3d {

// Error: a setting that is of clips with one label, while videos have label sets.
void check_targets(const TrainSettings& settings);
TargetKind target_kind(const TrainSettings& settings);

}  // namespace c3d
