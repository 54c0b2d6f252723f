// Which convolution cuDNN is to compute: all that a plan depends on, as values and as text. Plain values
// without owners; any thread. Knows no CUDA.
#pragma once

#include <compare>
#include <string>

#include "engine/core/backend.h"
#include "engine/core/plan_text.h"

namespace c3d::cuda {

// In cuDNN's kernels an offset has 32 bits.
inline constexpr std::int64_t kLargestTensor = (std::int64_t{1} << 31) - 1;

enum class ConvDirection : std::uint8_t { forward, backward_data, backward_filter };

// Keys are ordered by their members, first to last.
struct ConvKey {
  ConvDirection direction = ConvDirection::forward;
  Format format;      // of e4m3 products: forward alone, with a factor for each filter
  bool relu = false;  // forward; the bias is always added
  std::int64_t clips = 1;
  Extent3 in;                              // of x
  std::int64_t channels = 0, filters = 0;  // all channels are multiplied: the zeros stay zero
  Extent3 kernel{3, 3, 3}, stride{1, 1, 1}, pad{1, 1, 1};
  DType filter_gradient = DType::f32;  // backward_filter: cuDNN wants the type of x and dy

  // The key of the convolution that computes in this format and gives the gradient a plan exists for.
  static ConvKey of(ConvDirection direction, const Conv3dGeometry& geometry, const Shape& x,
                    const Shape& filter, Format format, Activation activation = Activation::none);

  Conv3dGeometry geometry() const { return {.kernel = kernel, .stride = stride, .pad = pad}; }
  Shape x() const;
  Shape filter() const;
  Shape y() const;
  friend constexpr auto operator<=>(const ConvKey&, const ConvKey&) = default;
};

inline constexpr std::array kDirectionWords{"forward", "backward_data", "backward_filter"};
inline constexpr std::array kFormatWords{
    PlanWord<Format>{"f32", format_of(Precision::f32)}, PlanWord<Format>{"tf32", format_of(Precision::tf32)},
    PlanWord<Format>{"bf16", format_of(Precision::bf16)}, PlanWord<Format>{"e4m3", e4m3_format(DType::e4m3)},
    PlanWord<Format>{"e4m3_to_bf16", e4m3_format(DType::bf16)}};
inline constexpr std::array kReluWords{"linear", "relu"};
inline constexpr std::array kGradientWords{"f32", "bf16"};

// A key as text, for engine/core/plan_text.h.
template <typename Key, typename Visitor>
void visit_key(Key& key, Visitor& visitor) {
  visitor.word(key.direction, kDirectionWords);
  visitor.text(" ");
  visitor.word(key.format, kFormatWords);
  visitor.text(" ");
  visitor.word(key.relu, kReluWords);
  visitor.text(" ");
  visit_shape(visitor, key.clips, key.in, key.channels);
  visitor.text(" to ");
  visitor.number(key.filters, kMaxExtent);
  visit_geometry(visitor, key);
  if (key.direction != ConvDirection::backward_filter) return;
  visitor.text(", gradient ");
  visitor.word(key.filter_gradient, kGradientWords);
}

// "forward bf16 relu 32x16x56x56x64 to 128, taps 3x3x3, stride 1x1x1, pad 1x1x1"
std::string to_text(const ConvKey& key);

}  // namespace c3d::cuda
