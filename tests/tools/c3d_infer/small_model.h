// A C3D that is quick on plain loops: 8 channels everywhere, 48 pixels, random weights, five classes.
#pragma once

#include <filesystem>

#include "tools/shared/model_file.h"

namespace c3d {

ModelInfo small_model_info();
// Without the rule, its metadata does not say how pool5 is padded.
void write_small_model(const std::filesystem::path& path, bool with_pool5_rule = true);

}  // namespace c3d
