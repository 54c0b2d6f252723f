// Which cuDNN plan computes which convolution, as values and as text: a line for each,
//
//   cudnn-9.19.0/NVIDIA_H200 forward bf16 relu 32x16x56x56x64 to 128, taps 3x3x3, stride 1x1x1, pad 1x1x1 =
//   eng41_k2=0_k27=1
//
// The first word is the library and the GPU that the choice was made for: the name of a cuDNN plan means
// nothing to others. Plain values without owners; any thread. Knows no CUDA.
#pragma once

#include <map>
#include <string>

#include "kernels/cuda/conv_key.h"

namespace c3d::cuda {

using ConvChoices = std::map<ConvKey, std::string>;  // ConvPlan::name()

// The first word: "9.19.0", "NVIDIA H200" -> "cudnn-9.19.0/NVIDIA_H200".
std::string target_word(const std::string& cudnn_version, std::string gpu);

std::string to_text(const ConvChoices& choices, const std::string& target);
// Error that quotes a line which is no convolution and its plan, or was chosen for another target. Of equal
// keys the last counts.
ConvChoices parse_choices(const std::string& text, const std::string& target);

}  // namespace c3d::cuda
