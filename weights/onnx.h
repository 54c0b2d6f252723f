// A C3D as an ONNX model (onnx.ai), for runtimes other than this one: opset 11, IR version 6, weights inside
// the file. Any thread may write; each path by one at a time.
#pragma once

#include <filesystem>

#include "engine/io/named_tensors.h"
#include "model/c3d_config.h"

namespace c3d {

// `tensors`: conv1 ... fc8 in PyTorch's names, order and shapes, f32 or bf16 (written as f32). The model
// takes `clip` [batch, 3, clip_frames, crop, crop] in f32, any batch, its pixels prepared as the metadata
// say, and gives `logits` [batch, classes]; dropout is left out. Pads pool5 by config.pool5. The tensors'
// metadata become metadata_props; what the input is stands in its doc_string too. A missing, extra or
// misshapen tensor is an error that names it with both shapes. Written atomically, tensor after tensor.
void write_onnx(const std::filesystem::path& path, const NamedTensors& tensors, const C3dConfig& config);

}  // namespace c3d
