// Means of clips from files (.binaryproto, .npy, .npz), as Caffe's users have them: a cube [3,D,H,W] or three
// numbers, in the colour order of the network that they belong to. Errors name the file.
#pragma once

#include <filesystem>

#include "model/preprocessing.h"

namespace c3d {

// Puts what the file holds in the place of the profile's mean. Error: a cube of another size than the clips,
// a value out of its range (model_ranges.h).
void set_mean(Preprocessing& preprocessing, const std::filesystem::path& path, std::int64_t clip_frames);

}  // namespace c3d
