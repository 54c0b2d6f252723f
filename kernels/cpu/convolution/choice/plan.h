// Which implementation computes which convolution, as values and as text: a line for each,
//
//   forward f32 winograd inference 1x16x56x56x64 of 64 to 16x56x56x128, taps 3x3x3, stride 1x1x1, pad 1x1x1,
//   pool 2x2x2, within 0 = 4x4x4 s28
//
// Plain values without owners; any thread.
#pragma once

#include <map>
#include <string>

#include "kernels/cpu/convolution/choice/implementation.h"
#include "kernels/cpu/convolution/problem/key.h"

namespace c3d::cpu {

struct ConvolutionChoice {
  Implementation implementation;
  bool separate_pool = false;  // the window's pooling is an op of its own
  Blocking blocking;
  friend bool operator==(const ConvolutionChoice&, const ConvolutionChoice&) = default;
};

using ConvolutionPlan = std::map<ConvolutionKey, ConvolutionChoice>;

std::string to_text(const ConvolutionKey& key);
std::string to_text(const Implementation& implementation);  // "4x4x4", "direct bf16"
// "4x4x4 s28", "direct + pool p42": the implementation, how threads divide the work (s: by output channels,
// m: by transform points, p: private tiles), tiles at a time; "-": as the kernel likes.
std::string to_text(const ConvolutionChoice& choice);
std::string to_text(const ConvolutionPlan& plan);
// Error that quotes a line which is no convolution and its kernel, or names a kernel that there is not. Of
// equal keys the last counts.
ConvolutionPlan parse_plan(const std::string& text);

}  // namespace c3d::cpu
