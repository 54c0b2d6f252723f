// Where the outputs of each video go. The names depend on what the videos are called, never on their order,
// so that a run that resumes with them in another order finds its outputs again. Of more videos too, but for
// those whose names meet now and did not before: these are made anew, under longer names.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "c3d/inference/feature_format.h"
#include "c3d/inference/inputs.h"

namespace c3d {

// For lists and several arguments: outputs keep the folders of the path as it was given, without root and
// `..`; videos of one name in different folders do not meet.
void keep_given_folders(Inputs& inputs);

// To `target` itself for one video, else into a folder of that name, in which each keeps its `relative` place
// and gets `extension`. The extension of a video file is replaced, all other names stay whole. Where names
// then meet, each of these videos keeps its own extension too (a.mp4.npy, a.avi.npy), and where that is not
// enough gets a number made of its whole path. A name that is too long for a file system ends in such a
// number. One video named twice has one output.
std::vector<std::filesystem::path> output_paths(const Inputs& inputs, const std::filesystem::path& target,
                                                const std::string& extension);
// What each video is called in an HDF5 file, without its folders; of inputs that cannot be read: nothing.
// Error: two videos would be called the same; a name that HDF5 keeps for itself.
std::vector<std::string> h5_ids(const Inputs& inputs, H5Naming naming);
void make_folder_of(const std::filesystem::path& file);

}  // namespace c3d
