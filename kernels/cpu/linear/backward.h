// The gradients of a fully connected layer. For x: dx = dy W, with the weights read once, some rows at a
// time. For the weights: dW = dy^T x, with each written once, past the caches, when all rows of the batch are
// summed.
#pragma once

#include "engine/core/bfloat16.h"
#include "kernels/cpu/linear/blocks.h"
#include "kernels/cpu/linear/kernels.h"

namespace c3d::cpu {

template <typename V, typename T>
class LinearBackwardData {
  static constexpr std::int64_t kWidth = V::kWidth;
  using Blocks = LinearBlocks<V>;
  static constexpr int kSums = Blocks::kSums, kMostRows = Blocks::kMostRows;
  static constexpr std::int64_t kOutputs = 16;        // rows of the weights that are added at a time
  static constexpr std::int64_t kTile = 24 * kWidth;  // inputs of each: 24 KB at most, in the first cache
  using Float = typename V::Float;

  // Some rows of the weights, as floats or as they are stored, and of the batch.
  template <typename E>
  struct Strip {
    const E* weight = nullptr;  // [outputs, weight_stride]
    std::int64_t weight_stride = 0, outputs = 0, width = 0;
    const float* dy = nullptr;  // [.., dy_stride] from the strip's first output on
    std::int64_t dy_stride = 0;
    float* dx = nullptr;  // [.., dx_stride] from the strip's first input on
    std::int64_t dx_stride = 0;
    bool adds = false;  // to what other outputs gave
  };

 public:
  static void run(const LinearJob& job, std::int64_t first, std::int64_t last) {
    alignas(64) float tile[kOutputs * kTile];
    const T* const weight = static_cast<const T*>(job.weight) + first;
    for (std::int64_t output = 0; output < job.outputs; output += kOutputs) {
      const std::int64_t outputs = std::min(kOutputs, job.outputs - output);
      const T* const rows = weight + output * job.inputs;
      if (job.rows <= kMostRows) {
        add_rows<T>(job, 0, job.rows, output, first,
                    {.weight = rows, .weight_stride = job.inputs, .outputs = outputs, .width = last - first});
        continue;
      }
      // Read several times: as floats, side by side.
      for (std::int64_t i = first; i < last; i += kTile) {
        const std::int64_t width = std::min(kTile, last - i);
        for (std::int64_t k = 0; k < outputs; ++k)
          hold(rows + k * job.inputs + i - first, width, tile + k * kTile);
        const std::int64_t blocks = (job.rows + kMostRows - 1) / kMostRows;
        for (std::int64_t block = 0; block < blocks; ++block) {
          add_rows<float>(job, job.rows * block / blocks, job.rows * (block + 1) / blocks, output, i,
                          {.weight = tile, .weight_stride = kTile, .outputs = outputs, .width = width});
        }
      }
    }
  }

 private:
  static void hold(const T* weight, std::int64_t width, float* tile) {
    std::int64_t i = 0;
    for (; i + kWidth <= width; i += kWidth) V::store(V::load(weight + i), tile + i);
    if (i < width) V::store(V::load_part(weight + i, width - i), tile + i);
  }

  // To rows first .. end - 1 of dx, from `input` on; what the strip lacks is filled in here.
  template <typename E>
  static void add_rows(const LinearJob& job, std::int64_t first, std::int64_t end, std::int64_t output,
                       std::int64_t input, Strip<E> strip) {
    strip.dy = job.dy + first * job.outputs + output;
    strip.dy_stride = job.outputs;
    strip.dx = job.dx + first * job.inputs + input;
    strip.dx_stride = job.inputs;
    strip.adds = output > 0;
    Blocks::template of<Of<E>::template Rows>(end - first)(strip);
  }

  template <typename E>
  struct Of {
    template <int kRows>
    struct Rows {
      static constexpr int kVectors = std::min(8, kSums / kRows);

      static void run(const Strip<E>& strip) {
        std::int64_t i = 0;
        for (; i + kVectors * kWidth <= strip.width; i += kVectors * kWidth)
          add<kRows, kVectors>(strip, i, kWidth);
        for (; i < strip.width; i += kWidth) add<kRows, 1>(strip, i, std::min(kWidth, strip.width - i));
      }
    };
  };

  // kVectors vectors from input i on, of which the last has `count` elements.
  template <int kRows, int kVectors, typename E>
  static void add(const Strip<E>& strip, std::int64_t i, std::int64_t count) {
    Float sums[kRows][kVectors];
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 8
      for (int j = 0; j < kVectors; ++j) {
        const float* dx = strip.dx + r * strip.dx_stride + i + j * kWidth;
        sums[r][j] = strip.adds ? Blocks::load(dx, count) : V::zero();
      }
    }
    for (std::int64_t k = 0; k < strip.outputs; ++k) {
      Float weights[kVectors];
#pragma GCC unroll 8
      for (int j = 0; j < kVectors; ++j)
        weights[j] = Blocks::load(strip.weight + k * strip.weight_stride + i + j * kWidth, count);
      Blocks::add_products([&](int r) { return V::broadcast(strip.dy + r * strip.dy_stride + k); }, weights,
                           sums);
    }
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 8
      for (int j = 0; j < kVectors; ++j)
        Blocks::store(sums[r][j], strip.dx + r * strip.dx_stride + i + j * kWidth, count);
    }
  }
};

template <typename V>
class LinearBackwardWeight {
  static constexpr std::int64_t kWidth = V::kWidth;
  using Blocks = LinearBlocks<V>;
  static constexpr int kVectors = V::kRows > 8 ? 3 : 2, kOutputs = Blocks::kSums / kVectors;
  // Gradients of more bytes than this leave the caches before anyone reads them.
  static constexpr std::int64_t kManyBytes = std::int64_t{4} << 20;
  using Float = typename V::Float;

 public:
  static void run(const LinearJob& job, std::int64_t first, std::int64_t last) {
    const std::int64_t vector_bytes = kWidth * 4;
    const bool aligned = reinterpret_cast<std::uintptr_t>(job.dweight) % vector_bytes == 0;
    const bool streams = aligned && job.inputs % kWidth == 0 && job.outputs * job.inputs * 4 >= kManyBytes;
    std::int64_t output = first;
    for (; output + kOutputs <= last; output += kOutputs) all_inputs<kOutputs>(job, output, streams);
    for (; output < last; ++output) all_inputs<1>(job, output, streams);
    if (streams) V::stream_fence();
  }

 private:
  template <int kRows>
  static void all_inputs(const LinearJob& job, std::int64_t output, bool streams) {
    const std::int64_t inputs = job.inputs;
    std::int64_t i = 0;
    for (; i + kVectors * kWidth <= inputs; i += kVectors * kWidth)
      multiply<kRows, kVectors>(job, output, i, kWidth, streams);
    for (; i < inputs; i += kWidth) multiply<kRows, 1>(job, output, i, std::min(kWidth, inputs - i), streams);
  }

  // kVectors vectors from input i on, of which the last has `count` elements.
  template <int kRows, int kCount>
  static void multiply(const LinearJob& job, std::int64_t output, std::int64_t i, std::int64_t count,
                       bool streams) {
    Float sums[kRows][kCount];
#pragma GCC unroll 16
    for (int k = 0; k < kRows; ++k) {
#pragma GCC unroll 4
      for (int j = 0; j < kCount; ++j) sums[k][j] = V::zero();
    }
    for (std::int64_t n = 0; n < job.rows; ++n) {
      const float *from = job.x + n * job.inputs + i, *dy = job.dy + n * job.outputs + output;
      Float x[kCount];
#pragma GCC unroll 4
      for (int j = 0; j < kCount; ++j) x[j] = Blocks::load(from + j * kWidth, count);
      Blocks::add_products([&](int k) { return V::broadcast(dy + k); }, x, sums);
    }
#pragma GCC unroll 16
    for (int k = 0; k < kRows; ++k) {
#pragma GCC unroll 4
      for (int j = 0; j < kCount; ++j) {
        float* to = job.dweight + (output + k) * job.inputs + i + j * kWidth;
        if (streams) {
          V::stream(sums[k][j], to);
        } else {
          Blocks::store(sums[k][j], to, count);
        }
      }
    }
  }
};

}  // namespace c3d::cpu
