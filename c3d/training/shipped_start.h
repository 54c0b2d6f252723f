// The weights that `init` names: any file, or those that are installed with the tools under the word
// `motion`, a narrow C3D that has learnt to tell motions of the synthetic world apart, for few videos.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "c3d/training/train_settings.h"
#include "model/model_file.h"

namespace c3d {

inline constexpr const char* kMotionStart = "motion";

// Where `motion` lies: in the folder that the environment's C3D_PRETRAINED names, and in no other then; else
// in share/c3d/pretrained beside the folder of the program, or of the library that holds this function.
// nullopt: in none of them.
std::optional<std::filesystem::path> find_motion_start();
// The file that `init` names. Error: it is `motion`, and that is in no place; all of them are named.
std::filesystem::path start_file(const std::string& init);
// What the weights that `init` names say of themselves. Error: as of start_file() and read_weights().
ModelInfo start_info(const TrainSettings& settings);

}  // namespace c3d
