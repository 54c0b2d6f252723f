#include "kernels/cpu/linear.h"

#include <cstring>

#include "kernels/cpu/element.h"
#include "kernels/cpu/loops.h"
#include "kernels/cpu/parallel.h"

namespace c3d::cpu {
namespace {

template <typename T>
struct Product {  // the sizes of one layer and what its three passes read
  std::int64_t rows, inputs, outputs;
  const T* x;
  const T* weight;
  const T* dy;
};

constexpr std::int64_t kOutputs = 8;    // rows of the weights that are read together
constexpr std::int64_t kRows = 16;      // of x, whose sums are kept
constexpr std::int64_t kBatchRows = 4;  // of x that are read together for the weights' gradient
constexpr std::int64_t kPart = 1024;    // inputs at a time: 8 parts of weights in f32 fit the first cache

// Adds dot(weight[k], x) over `count` inputs to sums[k].
template <typename T>
[[gnu::always_inline]] inline void add_dots(const T* const* weight, const T* x, std::int64_t count,
                                            float* sums) {
  const T *w0 = weight[0], *w1 = weight[1], *w2 = weight[2], *w3 = weight[3];
  const T *w4 = weight[4], *w5 = weight[5], *w6 = weight[6], *w7 = weight[7];
  float s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0, s7 = 0;
#pragma omp simd reduction(+ : s0, s1, s2, s3, s4, s5, s6, s7)
  for (std::int64_t i = 0; i < count; ++i) {
    const float value = to_float(x[i]);
    s0 += to_float(w0[i]) * value;
    s1 += to_float(w1[i]) * value;
    s2 += to_float(w2[i]) * value;
    s3 += to_float(w3[i]) * value;
    s4 += to_float(w4[i]) * value;
    s5 += to_float(w5[i]) * value;
    s6 += to_float(w6[i]) * value;
    s7 += to_float(w7[i]) * value;
  }
  const float dots[] = {s0, s1, s2, s3, s4, s5, s6, s7};
  for (std::int64_t k = 0; k < kOutputs; ++k) sums[k] += dots[k];
}

// y of outputs first .. last - 1.
template <typename T>
[[gnu::always_inline]] inline void forward_loop(const Product<T>& p, Activation activation, const T* bias,
                                                T* y, std::int64_t first, std::int64_t last) {
  for (std::int64_t o = first; o < last; o += kOutputs) {
    const T* weight[kOutputs];
    for (std::int64_t first_row = 0; first_row < p.rows; first_row += kRows) {
      const std::int64_t rows = std::min(kRows, p.rows - first_row);
      float sums[kRows][kOutputs] = {};
      for (std::int64_t i = 0; i < p.inputs; i += kPart) {
        // The last row stands in for those that do not exist.
        for (std::int64_t k = 0; k < kOutputs; ++k)
          weight[k] = p.weight + std::min(o + k, last - 1) * p.inputs + i;
        for (std::int64_t n = 0; n < rows; ++n) {
          add_dots(weight, p.x + (first_row + n) * p.inputs + i, std::min(kPart, p.inputs - i), sums[n]);
        }
      }
      for (std::int64_t n = 0; n < rows; ++n) {
        for (std::int64_t k = 0; k < std::min(kOutputs, last - o); ++k) {
          const float sum = sums[n][k] + to_float(bias[o + k]);
          store(activation == Activation::relu ? positive_part(sum) : sum,
                y[(first_row + n) * p.outputs + o + k]);
        }
      }
    }
  }
}

// dx of inputs first .. last - 1, in f32 [N,I]: eight rows of the weights at a time, each read once.
template <typename T>
[[gnu::always_inline]] inline void backward_data_loop(const Product<T>& p, float* dx, std::int64_t first,
                                                      std::int64_t last) {
  for (std::int64_t n = 0; n < p.rows; ++n) {
    for (std::int64_t i = first; i < last; ++i) dx[n * p.inputs + i] = 0;
  }
  for (std::int64_t o = 0; o < p.outputs; o += kOutputs) {
    for (std::int64_t n = 0; n < p.rows; ++n) {
      float factor[kOutputs];  // 0 for the rows that do not exist
      const T* weight[kOutputs];
      for (std::int64_t k = 0; k < kOutputs; ++k) {
        factor[k] = o + k < p.outputs ? to_float(p.dy[n * p.outputs + o + k]) : 0.0f;
        weight[k] = p.weight + std::min(o + k, p.outputs - 1) * p.inputs;
      }
      float* sums = dx + n * p.inputs;
      for (std::int64_t i = first; i < last; ++i) {
        float sum = sums[i];
        for (std::int64_t k = 0; k < kOutputs; ++k) sum += factor[k] * to_float(weight[k][i]);
        sums[i] = sum;
      }
    }
  }
}

// dweight of outputs first .. last - 1.
template <typename T>
[[gnu::always_inline]] inline void backward_weight_loop(const Product<T>& p, float* dweight,
                                                        std::int64_t first, std::int64_t last) {
  for (std::int64_t o = first; o < last; ++o) {
    float* sums = dweight + o * p.inputs;
    for (std::int64_t n = 0; n < p.rows; n += kBatchRows) {
      float factor[kBatchRows];  // 0 for the rows that do not exist
      const T* x[kBatchRows];
      for (std::int64_t k = 0; k < kBatchRows; ++k) {
        factor[k] = n + k < p.rows ? to_float(p.dy[(n + k) * p.outputs + o]) : 0.0f;
        x[k] = p.x + std::min(n + k, p.rows - 1) * p.inputs;
      }
      for (std::int64_t i = 0; i < p.inputs; ++i) {
        float sum = n == 0 ? 0.0f : sums[i];
        for (std::int64_t k = 0; k < kBatchRows; ++k) sum += factor[k] * to_float(x[k][i]);
        sums[i] = sum;
      }
    }
  }
}

[[gnu::target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")]] void forward_piece(
    const Product<float>& p, Activation activation, const float* bias, float* y, std::int64_t first,
    std::int64_t last) {
  forward_loop(p, activation, bias, y, first, last);
}
[[gnu::target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")]] void forward_piece(
    const Product<BFloat16>& p, Activation activation, const BFloat16* bias, BFloat16* y, std::int64_t first,
    std::int64_t last) {
  forward_loop(p, activation, bias, y, first, last);
}
[[gnu::target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")]] void backward_data_piece(
    const Product<float>& p, float* dx, std::int64_t first, std::int64_t last) {
  backward_data_loop(p, dx, first, last);
}
[[gnu::target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")]] void backward_data_piece(
    const Product<BFloat16>& p, float* dx, std::int64_t first, std::int64_t last) {
  backward_data_loop(p, dx, first, last);
}
[[gnu::target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")]] void backward_weight_piece(
    const Product<float>& p, float* dweight, std::int64_t first, std::int64_t last) {
  backward_weight_loop(p, dweight, first, last);
}
[[gnu::target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")]] void backward_weight_piece(
    const Product<BFloat16>& p, float* dweight, std::int64_t first, std::int64_t last) {
  backward_weight_loop(p, dweight, first, last);
}

}  // namespace

void linear(int threads, Activation activation, ConstTensor x, ConstTensor weight, ConstTensor bias,
            Tensor y) {
  for_type(x.type(), [&](auto element) {
    using T = decltype(element);
    const Product<T> product{.rows = x.shape()[0],
                             .inputs = x.shape()[1],
                             .outputs = weight.shape()[0],
                             .x = x.as<T>(),
                             .weight = weight.as<T>(),
                             .dy = nullptr};
    const T* biases = bias.as<T>();
    T* to = y.as<T>();
    parallel_pieces(threads, product.outputs, 4 * kOutputs, [=](std::int64_t first, std::int64_t last) {
      forward_piece(product, activation, biases, to, first, last);
    });
  });
}

void linear_backward_data(int threads, Workspace& workspace, ConstTensor weight, ConstTensor dy, Tensor dx) {
  for_type(dx.type(), [&](auto element) {
    using T = decltype(element);
    const Product<T> product{.rows = dx.shape()[0],
                             .inputs = dx.shape()[1],
                             .outputs = weight.shape()[0],
                             .x = nullptr,
                             .weight = weight.as<T>(),
                             .dy = dy.as<T>()};
    const bool rounds = dx.type() != DType::f32;
    const Tensor sums = rounds
                            ? Tensor(workspace.get(Purpose::sums, static_cast<std::size_t>(dx.count()) * 4),
                                     dx.shape(), DType::f32)
                            : dx;
    auto* to = sums.as<float>();
    // One piece a thread: long runs of each row of the weights.
    const std::int64_t share = (product.inputs + threads - 1) / threads;
    const std::int64_t piece = (share + 63) / 64 * 64;
    parallel_pieces(threads, product.inputs, piece, [=](std::int64_t first, std::int64_t last) {
      backward_data_piece(product, to, first, last);
    });
    if (rounds) round_to_bf16(threads, sums, dx);
  });
}

void linear_backward_weight(int threads, ConstTensor x, ConstTensor dy, Tensor dweight) {
  for_type(x.type(), [&](auto element) {
    using T = decltype(element);
    const Product<T> product{.rows = x.shape()[0],
                             .inputs = x.shape()[1],
                             .outputs = dy.shape()[1],
                             .x = x.as<T>(),
                             .weight = nullptr,
                             .dy = dy.as<T>()};
    auto* gradients = dweight.as<float>();
    parallel_pieces(threads, product.outputs, 8, [=](std::int64_t first, std::int64_t last) {
      backward_weight_piece(product, gradients, first, last);
    });
  });
}

void linear_backward_bias(ConstTensor dy, Tensor dbias) {
  const std::int64_t rows = dy.shape()[0], outputs = dy.shape()[1];
  auto* sums = dbias.as<float>();
  std::memset(sums, 0, dbias.bytes());
  for_type(dy.type(), [&](auto element) {
    using T = decltype(element);
    const T* gradients = dy.as<T>();
    for (std::int64_t n = 0; n < rows; ++n) {
      for (std::int64_t o = 0; o < outputs; ++o) sums[o] += to_float(gradients[n * outputs + o]);
    }
  });
}

}  // namespace c3d::cpu
