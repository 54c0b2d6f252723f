// A folder as the Hugging Face Hub keeps a model: model.safetensors, config.json, README.md.
#pragma once

#include <filesystem>

#include "c3d/weights/convert.h"

namespace c3d {

// The name of the weights in such a folder is kHubWeights of weights/weights_file.h. Error: as of convert(),
// or the folder cannot be made.
void write_hub_folder(const Conversion& conversion, const std::filesystem::path& folder);

}  // namespace c3d
