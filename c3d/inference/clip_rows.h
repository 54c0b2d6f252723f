// Clips as the input of a network: a row of a tape for each crop of each clip. What Classifier scores and
// what other tapes over its network read are loaded here.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "c3d/inference/clip_stream.h"
#include "engine/ops/clip_input.h"
#include "model/model_file.h"

namespace c3d {

// stores_crops: of the clips' ClipSpec.
ClipInput rows_input(const ModelInfo& info, std::int64_t rows, bool stores_crops);
// Into the inputs of a compiled tape, which were recorded from rows_input() with as many rows: the frames of
// all clips, and where each row is cropped, by way of `places` i32 [rows,3] in host memory. Clips and places
// stay as they are until the backend has reached this point. Error: a clip of other bytes than the network
// reads.
void load_rows(Backend& backend, const Tape& tape, const ClipVars& input, const ModelInfo& info,
               std::span<const Clip> clips, const ClipSpec& spec, Tensor places);
// Values of the compute type in host memory, as floats.
std::vector<float> floats_of(ConstTensor values);
// The same of the device's, once it has come so far.
std::vector<float> to_host(Backend& backend, ConstTensor values);

}  // namespace c3d
