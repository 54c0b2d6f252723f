// y = x W^T + b: for a group of the weights' rows and a part of the inputs at a time, a few rows of x stay in
// the first cache. The weights are read once from memory, as they are stored.
#pragma once

#include "engine/core/bfloat16.h"
#include "kernels/cpu/linear/blocks.h"
#include "kernels/cpu/linear/kernels.h"

namespace c3d::cpu {

template <typename V, typename T>
class LinearForward {
  static constexpr std::int64_t kWidth = V::kWidth;
  using Blocks = LinearBlocks<V>;
  static constexpr int kSums = Blocks::kSums, kMostRows = Blocks::kMostRows;
  static constexpr std::int64_t kOutputs = 24;      // of a group
  static constexpr std::int64_t kRowsHeld = 32;     // of x, whose sums are kept: 48 KB at most
  static constexpr std::int64_t kPartOfAll = 4096;  // inputs of all rows of x at a time: 16 KB
  using Float = typename V::Float;

  // A part of the inputs of a group of outputs and some rows of x.
  struct Part {
    const float* x;   // [.., stride]
    const T* weight;  // [.., stride]
    std::int64_t stride, width, outputs;
    float* sums;  // [.., kOutputs] vectors, whose lanes are yet to be added
    bool adds;    // to the sums of other parts
  };

 public:
  static void run(const LinearJob& job, std::int64_t first, std::int64_t last) {
    alignas(64) float sums[kRowsHeld * kOutputs * kWidth];
    for (std::int64_t row = 0; row < job.rows; row += kRowsHeld) {
      for (std::int64_t output = first; output < last; output += kOutputs) {
        const std::int64_t rows = std::min(kRowsHeld, job.rows - row);
        const std::int64_t outputs = std::min(kOutputs, last - output);
        multiply(job, row, rows, output, outputs, sums);
        finish(job, row, rows, output, outputs, sums);
      }
    }
  }

 private:
  static void multiply(const LinearJob& job, std::int64_t row, std::int64_t rows, std::int64_t output,
                       std::int64_t outputs, float* sums) {
    const std::int64_t blocks = (rows + kMostRows - 1) / kMostRows;
    const std::int64_t most = (rows + blocks - 1) / blocks, part = kPartOfAll / most / kWidth * kWidth;
    for (std::int64_t i = 0; i < job.inputs; i += part) {
      for (std::int64_t block = 0; block < blocks; ++block) {
        const std::int64_t first = rows * block / blocks, end = rows * (block + 1) / blocks;
        Blocks::template of<Rows>(end - first)(
            {.x = job.x + (row + first) * job.inputs + i,
             .weight = static_cast<const T*>(job.weight) + output * job.inputs + i,
             .stride = job.inputs,
             .width = std::min(part, job.inputs - i),
             .outputs = outputs,
             .sums = sums + first * kOutputs * kWidth,
             .adds = i > 0});
      }
    }
  }

  template <int kRows>
  struct Rows {
    static void run(const Part& part) {
      constexpr int kAtOnce = std::min(4, kSums / kRows);
      std::int64_t output = 0;
      for (; output + kAtOnce <= part.outputs; output += kAtOnce) add<kRows, kAtOnce>(part, output);
      for (; output < part.outputs; ++output) add<kRows, 1>(part, output);
    }
  };

  template <int kRows, int kCount>
  static void add(const Part& part, std::int64_t output) {
    const std::int64_t stride = part.stride, whole = part.width / kWidth * kWidth;
    const T* const weight = part.weight + output * stride;
    float* const kept = part.sums + output * kWidth;
    Float sums[kRows][kCount];
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
      for (int k = 0; k < kCount; ++k)
        sums[r][k] = part.adds ? V::load(kept + (r * kOutputs + k) * kWidth) : V::zero();
    }
    for (std::int64_t i = 0; i < whole; i += kWidth) {
      Float weights[kCount];
#pragma GCC unroll 4
      for (int k = 0; k < kCount; ++k) weights[k] = V::load(weight + k * stride + i);
      Blocks::add_products([&](int r) { return V::in_register(V::load(part.x + r * stride + i)); }, weights,
                           sums);
    }
    if (const std::int64_t rest = part.width - whole; rest > 0) {
      Float weights[kCount];
      for (int k = 0; k < kCount; ++k) weights[k] = V::load_part(weight + k * stride + whole, rest);
      Blocks::add_products(
          [&](int r) { return V::in_register(V::load_part(part.x + r * stride + whole, rest)); }, weights,
          sums);
    }
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
      for (int k = 0; k < kCount; ++k) V::store(sums[r][k], kept + (r * kOutputs + k) * kWidth);
    }
  }

  // Adds the lanes of each sum; bias and ReLU.
  static void finish(const LinearJob& job, std::int64_t row, std::int64_t rows, std::int64_t output,
                     std::int64_t outputs, const float* sums) {
    for (std::int64_t r = 0; r < rows; ++r) {
      for (std::int64_t first = 0; first < outputs; first += kWidth) {
        const std::int64_t count = std::min(kWidth, outputs - first);
        float totals[kWidth] = {};
        for (std::int64_t k = 0; k < count; ++k)
          totals[k] = V::sum(V::load(sums + (r * kOutputs + first + k) * kWidth));
        const T* const bias = static_cast<const T*>(job.bias) + output + first;
        T* const y = static_cast<T*>(job.y) + (row + r) * job.outputs + output + first;
        const Float sum = V::load(totals) + Blocks::load(bias, count);
        Blocks::store(job.relu ? V::positive_part(sum) : sum, y, count);
      }
    }
  }
};

}  // namespace c3d::cpu
