// A C3D that is quick on plain loops: 8 channels everywhere, 48 pixels, random weights, five classes.
#pragma once

#include <filesystem>

#include "model/model_file.h"

namespace c3d {

ModelInfo small_model_info();
struct SmallModelFacts {  // that its metadata hold
  bool with_pool5_rule = true, with_preprocessing = true;
  bool with_label_sets = false;
  std::vector<double> thresholds = {};
  int frame_stride = 1;
  FrameRate fps = {};
  bool as_sports1m = false;  // frames and pool5 as of the weights trained on Sports-1M: 112 pixels
};
void write_small_model(const std::filesystem::path& path, const SmallModelFacts& facts = {});

}  // namespace c3d
