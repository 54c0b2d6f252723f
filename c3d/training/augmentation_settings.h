// The settings of augmentation, each a short list of numbers, as data/augment has them.
#pragma once

#include "c3d/training/train_settings.h"
#include "data/augment/augmentation.h"

namespace c3d {

// Error that names the setting: no such list, or what Augmentation::validate() says.
Augmentation augmentation_of(const TrainSettings& settings);

}  // namespace c3d
