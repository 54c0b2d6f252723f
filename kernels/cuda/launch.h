// Every kernel of our own, as a plain function on device pointers, counts and a stream: what the host code of
// the backend sees of the .cu files. A launcher only enqueues; it returns cudaGetLastError() of its launches
// (an invalid configuration), and a count of zero launches nothing. Pointers come from cudaMalloc at 256-byte
// boundaries, or from rows of such an array: a kernel that wants 16-byte accesses checks the alignment and
// the row length itself, so that every size is correct. No launcher allocates, waits or uses atomics on
// floats: the same input gives the same bits, and every launch may be captured in a CUDA graph. The meaning
// of each op is engine/core/backend.h's. This header may be included by .cu files: no library but the
// runtime's types.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

#include "engine/core/geometry.h"
#include "engine/core/optimizer_rule.h"

namespace c3d::cuda {

enum class Element : std::uint8_t { f32, bf16 };  // what a void* of an activation points to

// StepScalars as kernels read them. One of these lies in device memory and is written before each step, so
// that a captured step reads the new values.
struct DeviceScalars {
  std::uint64_t seed, step, first_row;
  float learning_rate, loss_scale, average_decay;
};

// Of the calling thread's GPU: grids are multiples of it. The runtime answers from memory. Throws Error without a GPU.
std::int64_t multiprocessors();

// Reductions over rows go through partial sums in scratch memory, one row of `channels` floats per block,
// added in a fixed order by a second launch. This many floats of scratch must be given as `partials`.
inline std::int64_t reduction_blocks() { return 2 * multiprocessors(); }
inline std::int64_t partial_count(std::int64_t channels) { return reduction_blocks() * channels; }

struct ClipArguments {
  const std::uint8_t* frames;  // [clips, depth, source_height, source_width, 3] RGB
  const float* mean;          // [3], or [depth, source_height, source_width, 3] if mean_is_cube; in x's order
  const std::int32_t* crops;  // [clips, 3]: top, left, flip
  void* x;                    // [clips, depth, height, width, channels]
  std::int64_t clips, depth, source_height, source_width, height, width, channels;
  bool mean_is_cube, bgr;
  float scale;
};
cudaError_t normalize_clip(Element element, const ClipArguments& arguments, cudaStream_t stream);

// x [clips, input, channels] y [clips, output, channels]
struct PoolArguments {
  Pool3dGeometry geometry;
  Extent3 input, output;
  std::int64_t clips, channels;
};
// argmax may be null (inference).
cudaError_t max_pool_forward(Element element, const PoolArguments& pool, const void* x, void* y,
                             std::uint8_t* argmax, cudaStream_t stream);
// Of e4m3, without argmax; and y e4m3 of the maxima of x, bf16, times the factor.
cudaError_t max_pool_e4m3(const PoolArguments& pool, const void* x, void* y, cudaStream_t stream);
cudaError_t max_pool_bf16_to_e4m3(const PoolArguments& pool, const void* x, float factor, void* y,
                                  cudaStream_t stream);
cudaError_t max_pool_backward(Element element, const PoolArguments& pool, const std::uint8_t* argmax,
                              const void* dy, void* dx, cudaStream_t stream);
// The backward of ReLU and max-pool in one: dy counts only where the pooled y is positive (NaN is not).
// dbias [channels] receives the sum of what counts, or has it added (adds); null: not wanted, and then
// partials may be null too. partials: partial_count(channels) floats.
cudaError_t max_pool_relu_backward(Element element, const PoolArguments& pool, const std::uint8_t* argmax,
                                   const void* y, const void* dy, void* dx, float* dbias, bool adds,
                                   float* partials, cudaStream_t stream);

cudaError_t relu_forward(Element element, const void* x, void* y, std::int64_t count, cudaStream_t stream);
// dy = 0 where y is not positive.
cudaError_t relu_backward(Element element, const void* y, void* dy, std::int64_t count, cudaStream_t stream);
// dbias [channels] = the sum over the rows of dy [rows, channels], or has it added (adds).
cudaError_t bias_gradient(Element element, const void* dy, std::int64_t rows, std::int64_t channels,
                          float* dbias, bool adds, float* partials, cudaStream_t stream);

// x, y [rows, row_count]; element i of row r is number (scalars->first_row + r) * row_count + i of
// dropout_drops().
cudaError_t dropout(Element element, const DeviceScalars* scalars, std::uint32_t op, float drop_probability,
                    const void* x, void* y, std::int64_t rows, std::int64_t row_count, cudaStream_t stream);

// The targets and the rule of a cross-entropy: engine/core/loss_rules.h's, as pointers.
struct CrossEntropyArguments {
  const std::int32_t* labels;         // [rows], or null: a plain softmax
  const std::int32_t* second_labels;  // [rows], or null
  const float* mix;                   // [rows], with second_labels
  const float* class_weights;         // [classes], or null
  float label_smoothing, focal_gamma;
  std::int64_t rows, classes;
  // Host memory that the device may write, or null: forward puts arithmetic.h's wrong_label_word() there, of any of
  // the rows whose label is no class and not -1. Such a label adds nothing.
  std::uint64_t* wrong_label;
};
// logits, probabilities [rows, classes]  losses [rows], null where labels are
cudaError_t softmax_cross_entropy_forward(Element element, const CrossEntropyArguments& arguments,
                                          const void* logits, float* probabilities, float* losses,
                                          cudaStream_t stream);
// dlogits [rows, classes] = scalars->loss_scale times the gradient
cudaError_t softmax_cross_entropy_backward(Element element, const CrossEntropyArguments& arguments,
                                           const DeviceScalars* scalars, const float* probabilities,
                                           void* dlogits, cudaStream_t stream);

struct SigmoidArguments {
  const float* targets;           // [rows, classes], or null: a plain sigmoid
  const float* positive_weights;  // [classes], or null
  std::int64_t rows, classes;
};
// The same shapes.
cudaError_t sigmoid_cross_entropy_forward(Element element, const SigmoidArguments& arguments,
                                          const void* logits, float* probabilities, float* losses,
                                          cudaStream_t stream);
cudaError_t sigmoid_cross_entropy_backward(Element element, const SigmoidArguments& arguments,
                                           const DeviceScalars* scalars, const float* probabilities,
                                           void* dlogits, cudaStream_t stream);

// y bf16 = x e4m3 times the scale
cudaError_t e4m3_values(const void* x, float scale, void* y, std::int64_t count, cudaStream_t stream);
// y [rows, channels], e4m3 or bf16: arithmetic.h's scaled_sum() of sums f32 [rows, channels], factors and bias [channels].
struct ScaledSumArguments {
  const float *sums, *factors, *bias;
  std::int64_t rows, channels;
  bool relu;
};
cudaError_t scaled_sums(const ScaledSumArguments& arguments, bool to_e4m3, void* y, cudaStream_t stream);

// y += x
cudaError_t accumulate(Element element, const void* x, void* y, std::int64_t count, cudaStream_t stream);
// y = x, or y += x (adds): a library's bf16 gradient into the f32 one.
cudaError_t widen_bf16(const void* x, float* y, bool adds, std::int64_t count, cudaStream_t stream);
// Rounds to nearest even.
cudaError_t round_to_bf16(const float* x, void* y, std::int64_t count, cudaStream_t stream);

struct UpdateArguments {
  float momentum, beta2, epsilon, weight_decay;
  float log_momentum, log_beta2;       // adamw: logarithms, for its bias corrections
  float clip_norm;                     // 0: no clipping, and the norm may be null
  const float* gradient_norm_squared;  // [1]
  float* parameters;
  const float* gradients;
  float* velocity;
  float* second_moment;  // adamw's, else null
  float* average;        // or null
  void* bf16_copy;       // or null
};
// ranges: host memory, read before the call returns. Rate, step and the average's decay are the scalars'.
cudaError_t update_parameters(OptimizerRule rule, const UpdateArguments& arguments,
                              const DeviceScalars* scalars, const OptimizerRange* ranges,
                              std::int64_t range_count, cudaStream_t stream);

// sum [1] = the sum of the squares. partials: partial_count(1) floats.
cudaError_t sum_of_squares(const float* values, std::int64_t count, float* sum, float* partials,
                           cudaStream_t stream);

}  // namespace c3d::cuda
