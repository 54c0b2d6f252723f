// A weights file that suffices to use a model: parameters in PyTorch's names, order and shapes, and in its
// metadata how to build the network and how to prepare its frames. Written by c3d_train, read by c3d_infer.
#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "engine/core/backend.h"
#include "engine/io/named_tensors.h"
#include "model/c3d_config.h"

namespace c3d {

// How frames become the network's input.
struct Preprocessing {
  int resize_width = 171, resize_height = 128;
  int frame_stride = 1;  // of the clips it was trained on
  ColourOrder order = ColourOrder::rgb;
  std::array<float, 3> mean{};  // in `order`
  float scale = 1;              // (pixel - mean) * scale
};

struct ModelInfo {
  C3dConfig network;
  Preprocessing preprocessing;
  std::vector<std::string> labels;           // in index order
  std::map<std::string, std::string> other;  // kept as they are: epoch, step, accuracy, seed, source ...
};

std::map<std::string, std::string> to_metadata(const ModelInfo& info);
// What metadata does not say is taken from the tensors' shapes (classes, width) or the defaults; a value that
// does not fit the tensors is an Error.
ModelInfo model_info(const NamedTensors& tensors);

}  // namespace c3d
