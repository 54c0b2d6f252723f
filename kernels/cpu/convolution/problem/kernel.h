// One way to compute convolutions, as functions of one instruction set.
#pragma once

#include <cstddef>

#include "kernels/cpu/convolution/problem/job.h"

namespace c3d::cpu {

// Filters are packed to, and scratch lies in, memory aligned to 64 bytes. Where run is, all other functions
// are, but for gradient and gradient_scratch_bytes: a kernel that the list (choice/implementation_list.cpp)
// never gives for backward_filter may lack them.
struct ConvolutionKernel {
  Algorithm algorithm = Algorithm::direct;
  Extent3 outputs{};          // of a tile
  std::int64_t points = 1;    // of a tile
  bool is_direct = false;     // each output by itself: nothing is transformed
  double multiply_speed = 1;  // of its products, relative to fused multiply-adds of floats: for estimates
  bool uses_blocking = true;  // else the kernel decides how the work is cut
  bool multiplies_bf16 = false, gradient_multiplies_bf16 = false;  // run(), gradient(); else floats
  // Whether transformed values are rounded to bf16 before they are multiplied: in run(), in gradient().
  bool rounds_transforms = false, gradient_rounds_transforms = false;
  std::int64_t (*filter_bytes)(const FilterJob& job) = nullptr;
  void (*pack)(int threads, const FilterJob& job, std::byte* packed) = nullptr;
  std::int64_t (*scratch_bytes)(int threads, const ConvolutionJob& job, const Blocking& blocking) = nullptr;
  void (*run)(int threads, const ConvolutionJob& job, const Blocking& blocking, std::byte* scratch) = nullptr;
  // Whether run() takes a job with this window.
  bool (*can_pool)(const Extent3& window) = nullptr;
  bool reads_pooled = false;  // gradient() takes a job with a pooled gradient
  // gradient() multiplies what the definition does, whatever run() does; of a pooled gradient a quarter.
  bool gradient_is_direct = false;
  std::int64_t (*gradient_scratch_bytes)(int threads, const FilterGradientJob& job,
                                         const Blocking& blocking) = nullptr;
  void (*gradient)(int threads, const FilterGradientJob& job, const Blocking& blocking,
                   std::byte* scratch) = nullptr;

  bool exists() const { return run != nullptr; }
};

}  // namespace c3d::cpu
