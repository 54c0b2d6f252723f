// The graph of a C3D in ONNX's words, without the weights' values: nodes, input, output, what people should
// know. Checks that the tensors are those of a C3D on the way.
#pragma once

#include <string>
#include <vector>

#include "engine/io/named_tensors.h"
#include "model/c3d_config.h"
#include "weights/proto/onnx.pb.h"

namespace c3d {

struct OnnxGraph {
  onnx::ModelProto model;                        // its graph lacks the initializers ...
  std::vector<const NamedTensor*> initializers;  // ... which are these
};

OnnxGraph onnx_graph(const NamedTensors& tensors, const C3dConfig& config);

}  // namespace c3d
