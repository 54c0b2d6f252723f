#include "kernels/cpu/eight_bit/rounded_ops.h"

#include <algorithm>

#include "kernels/cpu/memory/parallel.h"

namespace c3d::cpu {
namespace {

// Not max(): NaN stays NaN.
float rectified(float value) { return value <= 0 ? 0.0f : value; }

void store_rounded(float value, BFloat16& place) { place = to_bfloat16(value); }
void store_rounded(float value, Float8E4M3& place) { place = to_e4m3(value); }

// call(T{}) with T the element type of e4m3 or bf16 tensors.
template <typename Call>
void for_rounded_type(DType type, const Call& call) {
  if (type == DType::e4m3) {
    call(Float8E4M3{});
  } else {
    call(BFloat16{});
  }
}

}  // namespace

Tensor RoundedOps::floats(Role role, const Shape& shape) {
  Memory& memory = memory_[static_cast<std::size_t>(role)];
  const std::size_t bytes = static_cast<std::size_t>(shape.count()) * sizeof(float);
  if (memory.bytes < bytes) {
    if (role == Role::weights) convolutions_.filters().freed(memory.data.get(), memory.bytes);
    memory = {};
    memory = {allocate_aligned(bytes), bytes};
  }
  return {memory.data.get(), shape, DType::f32};
}

Tensor RoundedOps::widened(Role role, ConstTensor values) {
  const Tensor wide = floats(role, values.shape());
  auto* to = wide.as<float>();
  for_rounded_type(values.type(), [&](auto element) {
    const auto* from = values.as<decltype(element)>();
    parallel_pieces(linear_.threads, values.count(), kPieceElements,
                    [=](std::int64_t first, std::int64_t last) {
                      for (std::int64_t i = first; i < last; ++i) to[i] = to_float(from[i]);
                    });
  });
  if (role == Role::weights) convolutions_.filters().overwritten(wide.data(), wide.bytes());
  return wide;
}

Tensor RoundedOps::zeros(const Shape& shape) {
  const Tensor all = floats(Role::bias, shape);
  std::fill_n(all.as<float>(), shape.count(), 0.0f);
  return all;
}

void RoundedOps::round(ConstTensor values, Tensor rounded) const { round_to_bf16(team(), values, rounded); }

void RoundedOps::round_to_e4m3(ConstTensor values, float factor, Tensor rounded) const {
  const auto* from = values.as<float>();
  auto* to = rounded.as<Float8E4M3>();
  parallel_pieces(linear_.threads, values.count(), kPieceElements,
                  [=](std::int64_t first, std::int64_t last) {
                    for (std::int64_t i = first; i < last; ++i) to[i] = to_e4m3(from[i] * factor);
                  });
}

// Channels come last.
void RoundedOps::write_results(Activation activation, ConstTensor sums, ConstTensor factors, ConstTensor bias,
                               Tensor y) const {
  const auto *from = sums.as<float>(), *scale = factors.as<float>(), *shift = bias.as<float>();
  const std::int64_t channels = factors.count();
  const bool relu = activation == Activation::relu;
  for_rounded_type(y.type(), [&](auto element) {
    auto* to = y.as<decltype(element)>();
    parallel_pieces(linear_.threads, y.count() / channels,
                    std::max<std::int64_t>(1, kPieceElements / channels),
                    [=](std::int64_t first, std::int64_t last) {
                      for (std::int64_t at = first * channels; at < last * channels; at += channels) {
                        for (std::int64_t k = 0; k < channels; ++k) {
                          const float value = from[at + k] * scale[k] + shift[k];
                          store_rounded(relu ? rectified(value) : value, to[at + k]);
                        }
                      }
                    });
  });
}

void RoundedOps::conv3d(const Conv3dGeometry& conv, Activation activation, ConstTensor x, ConstTensor filter,
                        ConstTensor bias, Tensor y) {
  const Tensor result = floats(Role::output, y.shape());
  convolutions_.forward(conv, activation, widened(Role::input, x), widened(Role::weights, filter),
                        widened(Role::bias, bias), result);
  round(result, y);
}

void RoundedOps::conv3d_max_pool3d(const Conv3dGeometry& conv, const Pool3dGeometry& pool, ConstTensor x,
                                   ConstTensor filter, ConstTensor bias, float factor, Tensor y) {
  // Rounding keeps the order of values: the maximum rounded is the maximum of the rounded.
  const Tensor result = floats(Role::output, y.shape());
  convolutions_.forward_pooled(conv, pool, widened(Role::input, x), widened(Role::weights, filter),
                               widened(Role::bias, bias), result, {});
  if (y.type() == DType::bf16) return round(result, y);
  auto* values = result.as<float>();
  for (std::int64_t i = 0; i < result.count(); ++i) values[i] = to_float(to_bfloat16(values[i]));
  round_to_e4m3(result, factor, y);
}

void RoundedOps::linear(Activation activation, ConstTensor x, ConstTensor weight, ConstTensor bias,
                        Tensor y) {
  const Tensor result = floats(Role::output, y.shape());
  cpu::linear(linear_, workspace_, activation, widened(Role::input, x), widened(Role::weights, weight),
              widened(Role::bias, bias), result);
  round(result, y);
}

void RoundedOps::conv3d_e4m3(const Conv3dGeometry& conv, Activation activation, ConstTensor x,
                             ConstTensor filter, ConstTensor factors, ConstTensor bias, Tensor y) {
  const Tensor sums = floats(Role::output, y.shape());
  convolutions_.forward(conv, Activation::none, widened(Role::input, x), widened(Role::weights, filter),
                        zeros(bias.shape()), sums);
  write_results(activation, sums, factors, bias, y);
}

void RoundedOps::linear_e4m3(Activation activation, ConstTensor x, ConstTensor weight, ConstTensor factors,
                             ConstTensor bias, Tensor y) {
  const Tensor sums = floats(Role::output, y.shape());
  cpu::linear(linear_, workspace_, Activation::none, widened(Role::input, x), widened(Role::weights, weight),
              zeros(bias.shape()), sums);
  write_results(activation, sums, factors, bias, y);
}

void RoundedOps::max_pool3d_e4m3(const Pool3dGeometry& pool, ConstTensor x, Tensor y) {
  const Tensor result = floats(Role::output, y.shape());
  max_pool(team(), pool, Activation::none, widened(Role::input, x), result, {});
  round_to_e4m3(result, 1, y);
}

void RoundedOps::e4m3_values(float scale, ConstTensor x, Tensor y) {
  const auto* from = x.as<Float8E4M3>();
  auto* to = y.as<BFloat16>();
  parallel_pieces(linear_.threads, x.count(), kPieceElements, [=](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) to[i] = to_bfloat16(to_float(from[i]) * scale);
  });
}

std::size_t RoundedOps::bytes() const {
  std::size_t total = 0;
  for (const Memory& memory : memory_) total += memory.bytes;
  return total;
}

}  // namespace c3d::cpu
