#include <cstring>

#include "engine/core/philox.h"
#include "kernels/cpu/elementwise/element.h"
#include "kernels/cpu/elementwise/loops.h"
#include "kernels/cpu/memory/parallel.h"

namespace c3d::cpu {
namespace {

template <typename T>
[[gnu::always_inline]] inline void relu_loop(const T* x, T* y, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) y[i] = only_if(!(to_float(x[i]) < 0.0f), x[i]);
}
[[gnu::target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")]] void relu_piece(const float* x,
                                                                                      float* y,
                                                                                      std::int64_t count) {
  relu_loop(x, y, count);
}
[[gnu::target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")]] void relu_piece(const BFloat16* x,
                                                                                      BFloat16* y,
                                                                                      std::int64_t count) {
  relu_loop(x, y, count);
}

template <typename T>
[[gnu::always_inline]] inline void relu_backward_loop(const T* y, T* dy, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) dy[i] = only_if(to_float(y[i]) > 0.0f, dy[i]);
}
[[gnu::target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")]] void relu_backward_piece(
    const float* y, float* dy, std::int64_t count) {
  relu_backward_loop(y, dy, count);
}
[[gnu::target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")]] void relu_backward_piece(
    const BFloat16* y, BFloat16* dy, std::int64_t count) {
  relu_backward_loop(y, dy, count);
}

template <typename T>
[[gnu::always_inline]] inline void accumulate_loop(const T* x, T* y, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) store(to_float(y[i]) + to_float(x[i]), y[i]);
}
[[gnu::target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")]] void accumulate_piece(
    const float* x, float* y, std::int64_t count) {
  accumulate_loop(x, y, count);
}
[[gnu::target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")]] void accumulate_piece(
    const BFloat16* x, BFloat16* y, std::int64_t count) {
  accumulate_loop(x, y, count);
}

[[gnu::target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")]] void widen_piece(const BFloat16* bf16,
                                                                                       float* values,
                                                                                       std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) values[i] = to_float(bf16[i]);
}

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

[[gnu::target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")]] void round_elements(
    const float* values, BFloat16* rounded, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) rounded[i] = to_bfloat16(values[i]);
}

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

void round_to_bf16(int threads, ConstTensor values, Tensor bf16_copy) {
  const auto* from = values.as<float>();
  auto* to = bf16_copy.as<BFloat16>();
  parallel_pieces(threads, values.count(), kPieceElements, [=](std::int64_t first, std::int64_t last) {
    round_elements(from + first, to + first, last - first);
  });
}

void widen_bf16(int threads, ConstTensor bf16, Tensor values) {
  const auto* from = bf16.as<BFloat16>();
  auto* to = values.as<float>();
  parallel_pieces(threads, values.count(), kPieceElements, [=](std::int64_t first, std::int64_t last) {
    widen_piece(from + first, to + first, last - first);
  });
}

void relu(int threads, ConstTensor x, Tensor y) {
  for_type(x.type(), [&](auto element) {
    using T = decltype(element);
    const T* from = x.as<T>();
    T* to = y.as<T>();
    parallel_pieces(threads, x.count(), kPieceElements, [=](std::int64_t first, std::int64_t last) {
      relu_piece(from + first, to + first, last - first);
    });
  });
}

void relu_backward(int threads, ConstTensor y, Tensor dy_in_place) {
  for_type(y.type(), [&](auto element) {
    using T = decltype(element);
    const T* values = y.as<T>();
    T* gradients = dy_in_place.as<T>();
    parallel_pieces(threads, y.count(), kPieceElements, [=](std::int64_t first, std::int64_t last) {
      relu_backward_piece(values + first, gradients + first, last - first);
    });
  });
}

void accumulate(int threads, ConstTensor x, Tensor y_in_place) {
  for_type(x.type(), [&](auto element) {
    using T = decltype(element);
    const T* from = x.as<T>();
    T* to = y_in_place.as<T>();
    parallel_pieces(threads, x.count(), kPieceElements, [=](std::int64_t first, std::int64_t last) {
      accumulate_piece(from + first, to + first, last - first);
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
