// One convolution through a table of kernels/cpu/isa, forward or backward, and what judges it: a float64
// loop, and the reference backend.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/cpu/convolution/convolutions.h"

namespace c3d::cpu {

struct ConvolutionCase {
  const KernelSet* set = nullptr;
  // f32_products only with bf16: bf16 activations, products of floats.
  bool bf16 = false, f32_products = false;
  Algorithm algorithm = Algorithm::direct;
  ConvolutionPass pass = ConvolutionPass::forward;
  Blocking blocking{1, Division::private_tiles};
  int threads = 1;
  std::int64_t clips = 1;
  // in: of x; of dy where the pass is backward data. The others are the forward convolution's.
  Extent3 in{}, kernel{3, 3, 3}, stride{}, pad{1, 1, 1};
  // in_channels and valid_channels: of what `in` is of. out_channels: of y and dy, and of dx where the pass is backward
  // data.
  std::int64_t in_channels = 1, valid_channels = 1, out_channels = 1;
  bool bias = true, relu = true, argmax = false;
  Extent3 window{};
  std::uint64_t seed = 1;

  bool stem() const { return is_stem(algorithm); }
  bool flipped() const { return pass == ConvolutionPass::backward_data; }
  bool makes_gradient() const { return pass == ConvolutionPass::backward_filter; }
  const ConvolutionKernel& kernels() const;
  Extent3 out() const;     // of y or dx before pooling
  Extent3 pooled() const;  // of what is written
  // Whether there is such a convolution and the kernel takes it.
  bool valid() const;
  double multiplications() const;
  // Whether transformed inputs and filters are rounded to bf16.
  bool rounds_transforms() const;
  // Bounds for the norm of the error, relative to the norm of the results before ReLU and pooling.
  double tolerance() const;
};

std::string describe(const ConvolutionCase& test);

// Numbers that the activations' type can hold. Channels beyond `used` are NaN: nothing may depend on them.
struct ConvolutionData {
  // dy: [clips,out,out_channels] where the filter's gradient is wanted.
  std::vector<float> x, filter, bias, dy;
};
ConvolutionData random_data(const ConvolutionCase& test);

struct ConvolutionResult {
  std::vector<float> y;              // the filter's gradient where the pass is backward filter
  std::vector<std::uint8_t> argmax;  // empty where not wanted
  friend bool operator==(const ConvolutionResult&, const ConvolutionResult&) = default;
};
// All memory that the kernels shall write holds NaN before.
ConvolutionResult convolve(const ConvolutionCase& test, const ConvolutionData& data);

// The input that an output takes a tap from along one axis; -1: none.
std::int64_t source_of(std::int64_t output, std::int64_t tap, std::int64_t stride, std::int64_t pad,
                       std::int64_t extent, bool transposed);

// Before ReLU and pooling: [clips,out,out_channels]; the filter's gradient [out_channels,kernel,in_channels].
// They do not depend on the kernel, its window, blocks and threads.
std::vector<double> exact_results(const ConvolutionCase& test, const ConvolutionData& data);  // float64
std::vector<double> reference_results(const ConvolutionCase& test, const ConvolutionData& data);

// Calls f(index in y, indices in exact_results of its window, first to last).
template <typename F>
void for_each_window(const ConvolutionCase& test, const F& f) {
  const Extent3 out = test.out(), pooled = test.pooled();
  std::vector<std::size_t> window;
  std::size_t index = 0;
  for (std::int64_t plane = 0; plane < test.clips * pooled.d; ++plane) {
    const std::int64_t clip = plane / pooled.d, d = plane % pooled.d * test.window.d;
    for (std::int64_t at = 0; at < pooled.h * pooled.w; ++at) {
      const std::int64_t h = at / pooled.w * test.window.h, w = at % pooled.w * test.window.w;
      for (std::int64_t channel = 0; channel < test.out_channels; ++channel) {
        window.clear();
        for (std::int64_t tap = 0; tap < test.window.volume(); ++tap) {
          const std::int64_t z = d + tap / (test.window.h * test.window.w);
          const std::int64_t y = h + tap / test.window.w % test.window.h, x = w + tap % test.window.w;
          window.push_back(static_cast<std::size_t>(
              (((clip * out.d + z) * out.h + y) * out.w + x) * test.out_channels + channel));
        }
        f(index++, window);
      }
    }
  }
}

struct Verdict {
  double relative_error = 0;
  std::string problem;  // empty: none
};
// right: of exact_results or reference_results.
Verdict judge(const ConvolutionCase& test, const std::vector<double>& right, const ConvolutionResult& result);

}  // namespace c3d::cpu
