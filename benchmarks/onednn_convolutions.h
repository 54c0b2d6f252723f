// The baseline of the CPU backend: oneDNN's own convolution alone, at its best on plain activations. N D H W
// C activations, filters in the order oneDNN asks for and already packed, bias and ReLU fused into the
// forward pass, nothing else in the time.
#pragma once

#include "engine/core/backend.h"

namespace c3d {

enum class ConvolutionPass : std::uint8_t { forward, backward_data, backward_filter };

// Median seconds of `repeats` runs of one pass of a 3x3x3 convolution with stride 1 and padding 1, after one
// run that does not count. x [N,D,H,W,C]. The backward filter pass gives f32 gradients, of the bias too, in
// both precisions.
double onednn_convolution_seconds(const Shape& x, std::int64_t filters, ConvolutionPass pass,
                                  Precision precision, int threads, int repeats);

}  // namespace c3d
