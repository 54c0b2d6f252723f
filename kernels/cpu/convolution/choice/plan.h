// Which kernel computes which convolution, as values and as text: a line for each,
//
//   forward f32 winograd inference 1x16x56x56x64 of 64 to 16x56x56x128, taps 3x3x3, stride 1x1x1, pad 1x1x1,
//   pool 2x2x2, within 0 = 4x4x4 s28
//
// Plain values without owners; any thread.
#pragma once

#include <array>
#include <compare>
#include <map>
#include <string>

#include "kernels/cpu/convolution/problem/job.h"

namespace c3d::cpu {

enum class ConvolutionPass : std::uint8_t { forward, backward_data, backward_filter };

// All that the choice of a kernel may depend on. Backward data reads dy: its `in`. Kernel, stride and pad are
// the forward convolution's; so is, for a filter's gradient, the window, whose own gradient is read.
struct ConvolutionKey : ConvolutionSizes {
  ConvolutionPass pass = ConvolutionPass::forward;
  bool bf16 = false;              // activations and filters; else f32
  bool bf16_products = false;     // ConvolutionOptions
  bool direct = false;            // never Winograd
  bool inference = false;         // filters are transformed once, which then costs nothing
  std::int64_t within_bytes = 0;  // transformed filters must not be larger; 0: all candidates fit

  std::array<std::int64_t, 28> numbers() const;
  friend bool operator==(const ConvolutionKey& a, const ConvolutionKey& b) {
    return a.numbers() == b.numbers();
  }
  friend auto operator<=>(const ConvolutionKey& a, const ConvolutionKey& b) {
    return a.numbers() <=> b.numbers();
  }
};

struct ConvolutionChoice {
  std::string kernel;          // "4x4x4", "direct bf16"
  bool separate_pool = false;  // the window's pooling is an op of its own
  Blocking blocking;
  friend bool operator==(const ConvolutionChoice&, const ConvolutionChoice&) = default;
};

using ConvolutionPlan = std::map<ConvolutionKey, ConvolutionChoice>;

std::string to_text(const ConvolutionKey& key);
// "4x4x4 s28", "direct + pool p42": kernel, how threads divide the work (s: by channels, p: apart, m: by
// points), tiles at a time; "-": as the kernel likes.
std::string to_text(const ConvolutionChoice& choice);
std::string to_text(const ConvolutionPlan& plan);
// Error that quotes the line that is none. Of equal keys the last counts.
ConvolutionPlan parse_plan(const std::string& text);

}  // namespace c3d::cpu
