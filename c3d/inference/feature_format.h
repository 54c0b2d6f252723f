// The formats that features are written in, and the names of files and videos in them.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "c3d/inference/feature_pooling.h"

namespace c3d {

enum class FeatureFormat : std::uint8_t { npy, caffe, csv, txt, h5 };

std::vector<std::pair<std::string, FeatureFormat>> feature_format_names();
std::string to_string(FeatureFormat format);

// Of a video's own file: ".npy". A txt of segments that are cut as MATLAB cuts them ends in "_C.txt": that is
// what the original's training looks for (TrainingAnomalyDetector_public.py). Empty: Caffe's folders, and h5,
// which is one file for all videos.
std::string extension(FeatureFormat format, const Pooling& pooling);
// The pooling of a format where none is asked for: 32 segments for txt, none for all others.
Pooling default_pooling(FeatureFormat format);

// Where a video's table of floats stands in an HDF5 file.
enum class H5Layout : std::uint8_t {
  activitynet,  // /ID/c3d_features: a group for each video
  tacos,        // /ID: a dataset for each video
};
std::vector<std::pair<std::string, H5Layout>> h5_layout_names();
std::string to_string(H5Layout layout);

// What a video is called in an HDF5 file.
enum class H5Naming : std::uint8_t {
  stem,  // its file's name without extension
  name,  // its file's whole name
};
std::vector<std::pair<std::string, H5Naming>> h5_naming_names();

}  // namespace c3d
