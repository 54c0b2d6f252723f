#include <cstring>

#include "engine/core/philox.h"
#include "kernels/cpu/elementwise/element.h"
#include "kernels/cpu/elementwise/element_type.h"
#include "kernels/cpu/elementwise/loops.h"
#include "kernels/cpu/memory/parallel.h"

namespace c3d::cpu {
namespace {

// Elements first .. last - 1 of a tensor whose element 0 has the number `offset` in the whole accumulated
// batch.
template <typename T>
void dropout_piece(const StepScalars& scalars, std::uint32_t op, float drop_probability, std::uint64_t offset,
                   const T* x, T* y, std::int64_t first, std::int64_t last) {
  const float scale = 1.0f / (1.0f - drop_probability);
  for (std::int64_t i = first; i < last;) {
    const std::uint64_t index = offset + static_cast<std::uint64_t>(i);
    const PhiloxBlock block =
        philox(scalars.seed, index / 4, (scalars.step << 8) | op);  // as dropout_drops() has it
    for (std::uint64_t word = index % 4; word < 4 && i < last; ++word, ++i) {
      const bool drops = uniform_float(block.word[word]) < drop_probability;
      store(drops ? 0.0f : to_float(x[i]) * scale, y[i]);
    }
  }
}

}  // namespace

void copy_bytes(int threads, const std::byte* from, std::byte* to, std::size_t bytes) {
  parallel_pieces(threads, static_cast<std::int64_t>(bytes), 4 * kPieceElements,
                  [=](std::int64_t first, std::int64_t last) {
                    std::memcpy(to + first, from + first, static_cast<std::size_t>(last - first));
                  });
}

void zero_bytes(int threads, std::byte* to, std::size_t bytes) {
  parallel_pieces(threads, static_cast<std::int64_t>(bytes), 4 * kPieceElements,
                  [=](std::int64_t first, std::int64_t last) {
                    std::memset(to + first, 0, static_cast<std::size_t>(last - first));
                  });
}

void round_to_bf16(const ElementwiseTeam& team, ConstTensor values, Tensor bf16_copy) {
  const auto* from = values.as<float>();
  auto* to = bf16_copy.as<BFloat16>();
  const auto loop = team.kernels->round;
  parallel_pieces(team.threads, values.count(), kPieceElements, [=](std::int64_t first, std::int64_t last) {
    loop(from + first, to + first, last - first);
  });
}

void widen_bf16(const ElementwiseTeam& team, ConstTensor bf16, Tensor values) {
  const auto* from = bf16.as<BFloat16>();
  auto* to = values.as<float>();
  const auto loop = team.kernels->widen;
  parallel_pieces(team.threads, values.count(), kPieceElements, [=](std::int64_t first, std::int64_t last) {
    loop(from + first, to + first, last - first);
  });
}

void relu(const ElementwiseTeam& team, ConstTensor x, Tensor y) {
  for_type(x.type(), [&](auto element) {
    using T = decltype(element);
    const T* from = x.as<T>();
    T* to = y.as<T>();
    const auto loop = team.kernels->of(element).relu;
    parallel_pieces(team.threads, x.count(), kPieceElements, [=](std::int64_t first, std::int64_t last) {
      loop(from + first, to + first, last - first);
    });
  });
}

void relu_backward(const ElementwiseTeam& team, ConstTensor y, Tensor dy_in_place) {
  for_type(y.type(), [&](auto element) {
    using T = decltype(element);
    const T* values = y.as<T>();
    T* gradients = dy_in_place.as<T>();
    const auto loop = team.kernels->of(element).relu_backward;
    parallel_pieces(team.threads, y.count(), kPieceElements, [=](std::int64_t first, std::int64_t last) {
      loop(values + first, gradients + first, last - first);
    });
  });
}

void accumulate(const ElementwiseTeam& team, ConstTensor x, Tensor y_in_place) {
  for_type(x.type(), [&](auto element) {
    using T = decltype(element);
    const T* from = x.as<T>();
    T* to = y_in_place.as<T>();
    const auto loop = team.kernels->of(element).accumulate;
    parallel_pieces(team.threads, x.count(), kPieceElements, [=](std::int64_t first, std::int64_t last) {
      loop(from + first, to + first, last - first);
    });
  });
}

void dropout(int threads, const StepScalars& scalars, std::uint32_t op, float drop_probability, ConstTensor x,
             Tensor y) {
  const std::uint64_t row = static_cast<std::uint64_t>(x.count() / x.shape()[0]);
  const std::uint64_t offset = scalars.first_row * row;
  for_type(x.type(), [&](auto element) {
    using T = decltype(element);
    const T* from = x.as<T>();
    T* to = y.as<T>();
    parallel_pieces(threads, x.count(), kPieceElements / 16, [=](std::int64_t first, std::int64_t last) {
      dropout_piece(scalars, op, drop_probability, offset, from, to, first, last);
    });
  });
}

}  // namespace c3d::cpu
