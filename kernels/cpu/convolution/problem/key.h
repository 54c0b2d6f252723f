// All that the choice of an implementation may depend on. Plain values without owners; any thread.
#pragma once

#include <compare>

#include "engine/core/format.h"
#include "engine/core/plan_text.h"
#include "kernels/cpu/convolution/problem/job.h"

namespace c3d::cpu {

enum class ConvolutionPass : std::uint8_t { forward, backward_data, backward_filter };

// The formats a convolution may have here. bf16_in_f32: activations and filters are bf16; what is computed of
// them is not rounded to it. bf16: it may be (ConvolutionOptions::bf16_products).
inline constexpr Format kFormatF32{DType::f32, ProductType::f32},
    kFormatBf16InF32{DType::bf16, ProductType::f32}, kFormatBf16{DType::bf16, ProductType::bf16};

struct ConvolutionRequest {
  ConvolutionPass pass = ConvolutionPass::forward;
  Format format = kFormatF32;
  bool direct = false;     // never Winograd
  bool inference = false;  // filters are transformed once, which then costs nothing
  friend constexpr auto operator<=>(const ConvolutionRequest&, const ConvolutionRequest&) = default;
};

// Backward data reads dy: its `in`. Kernel, stride and pad are the forward convolution's. So is the window
// for a filter's gradient, which is then made of the pooled gradient. Keys are ordered by their members,
// first to last.
struct ConvolutionKey : ConvolutionRequest, ConvolutionSizes {
  std::int64_t within_bytes = 0;  // transformed filters must not be larger; 0: any size will do
  friend constexpr auto operator<=>(const ConvolutionKey&, const ConvolutionKey&) = default;
};

// What a key's members are called in a plan, and where its bytes end: nothing which is computed of a key that
// was read overflows.
inline constexpr std::array kPassNames{"forward", "backward_data", "backward_filter"};
inline constexpr std::array kFormatWords{PlanWord<Format>{"f32", kFormatF32},
                                         PlanWord<Format>{"bf16_in_f32", kFormatBf16InF32},
                                         PlanWord<Format>{"bf16", kFormatBf16}};
inline constexpr std::array kMethodNames{"winograd", "direct"};
inline constexpr std::array kPurposeNames{"training", "inference"};
inline constexpr std::int64_t kMaxBytes = std::int64_t{1} << 50;

// A key as text, for engine/core/plan_text.h.
template <typename Key, typename Visitor>
void visit_key(Key& key, Visitor& visitor) {
  visitor.word(key.pass, kPassNames);
  visitor.text(" ");
  visitor.word(key.format, kFormatWords);
  visitor.text(" ");
  visitor.word(key.direct, kMethodNames);
  visitor.text(" ");
  visitor.word(key.inference, kPurposeNames);
  visitor.text(" ");
  visit_shape(visitor, key.clips, key.in, key.in_channels);
  visitor.text(" of ");
  visitor.number(key.valid_channels, kMaxExtent);
  visitor.text(" to ");
  visitor.extent(key.out);
  visitor.text("x");
  visitor.number(key.out_channels, kMaxExtent);
  visit_geometry(visitor, key);
  visitor.text(", pool ");
  visitor.extent(key.window);
  visitor.text(", within ");
  visitor.number(key.within_bytes, kMaxBytes);
}

}  // namespace c3d::cpu
