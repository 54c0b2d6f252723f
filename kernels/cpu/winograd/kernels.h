// The kernels of this folder as one table per instruction set. Each table is made by a file of its own,
// compiled for that set (avx512.cpp ...); kernel_sets.cpp chooses among them at run time.
#pragma once

#include <cstddef>

#include "kernels/cpu/linear/kernels.h"
#include "kernels/cpu/winograd/job.h"

namespace c3d::cpu {

// Filters are packed to, and scratch lies in, memory aligned to 64 bytes.
struct ConvolutionKernel {
  const char* name = nullptr;
  Extent3 outputs{};           // of a tile
  std::int64_t points = 1;     // of a tile
  double multiply_speed = 1;   // of its products, relative to fused multiply-adds of floats: for estimates
  bool heeds_blocking = true;  // else it cuts the work as it likes
  // Whether what the transforms make is rounded to bf16 before it is multiplied: in run(), in gradient().
  bool rounds_transforms = false, gradient_rounds_transforms = false;
  std::int64_t (*filter_bytes)(const FilterJob& job) = nullptr;
  void (*pack)(int threads, const FilterJob& job, std::byte* packed) = nullptr;
  std::int64_t (*scratch_bytes)(int threads, const ConvolutionJob& job, const Blocking& blocking) = nullptr;
  void (*run)(int threads, const ConvolutionJob& job, const Blocking& blocking, std::byte* scratch) = nullptr;
  // Whether run() takes a job with this window.
  bool (*can_pool)(const Extent3& window) = nullptr;
  bool reads_pooled = false;  // gradient() takes a job with a pooled gradient
  std::int64_t (*gradient_scratch_bytes)(int threads, const FilterGradientJob& job,
                                         const Blocking& blocking) = nullptr;
  void (*gradient)(int threads, const FilterGradientJob& job, const Blocking& blocking,
                   std::byte* scratch) = nullptr;
};

// Of one type of activations.
struct TypeKernels {
  ConvolutionKernel tiles[kTiles];  // by Tile; without a name: the set has none
  ConvolutionKernel narrow;         // t1x4x4 for inputs of at most 4 used channels
  // dbias [channels] of dy [positions,channels]; y: null, or pooled values, where dy counts if they are
  // positive
  std::int64_t (*bias_scratch_bytes)(std::int64_t channels) = nullptr;
  void (*bias_gradient)(int threads, const void* dy, const void* y, std::int64_t positions,
                        std::int64_t channels, float* dbias, std::byte* scratch) = nullptr;
  LinearKernels linear;
};

struct KernelSet {
  const char* name = nullptr;  // as in --isa
  TypeKernels f32;
  // bf16 activations, with products of bf16 and of floats; null: the set has no bf16 products.
  const TypeKernels* bf16 = nullptr;
  const TypeKernels* bf16_in_f32 = nullptr;
};

const KernelSet& portable_kernels();
const KernelSet& avx2_kernels();
const KernelSet& avx512_kernels();
const KernelSet& avx512_bf16_kernels();
const KernelSet& amx_kernels();

}  // namespace c3d::cpu
