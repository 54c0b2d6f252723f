// The functions of the CPU backend that are compiled for several instruction sets, as one table a set. A file
// of its own makes each table and is compiled for that set (avx512.cpp ...); kernel_sets.h chooses among them
// at run time.
#pragma once

#include "kernels/cpu/convolution/problem/kernel.h"
#include "kernels/cpu/elementwise/kernels.h"
#include "kernels/cpu/linear/kernels.h"

namespace c3d::cpu {

// Of one type of activations.
struct TypeKernels {
  // By Algorithm; one that does not exist: the set has none.
  ConvolutionKernel convolutions[kAlgorithms] = {};
  // dbias [channels] of dy [positions,channels]; y: null, or pooled values, where dy counts if they are
  // positive
  std::int64_t (*bias_scratch_bytes)(std::int64_t channels) = nullptr;
  void (*bias_gradient)(int threads, const void* dy, const void* y, std::int64_t positions,
                        std::int64_t channels, float* dbias, std::byte* scratch) = nullptr;
  LinearKernels linear;
  // multiply_adds.h: `rounds` of multiply-adds of one thread that touch no memory; gives their number
  double (*multiply_adds)(std::int64_t rounds, float* sum) = nullptr;

  [[gnu::always_inline]] constexpr const ConvolutionKernel& convolution(Algorithm algorithm) const {
    return convolutions[static_cast<std::size_t>(algorithm)];
  }
  [[gnu::always_inline]] constexpr ConvolutionKernel& convolution(Algorithm algorithm) {
    return convolutions[static_cast<std::size_t>(algorithm)];
  }
};

struct KernelSet {
  const char* name = nullptr;  // as in --isa
  TypeKernels f32;
  // bf16 activations, with products of bf16 and of floats; null: the set has no bf16 products.
  const TypeKernels* bf16 = nullptr;
  const TypeKernels* bf16_in_f32 = nullptr;
  ElementwiseKernels elementwise;
};

const KernelSet& portable_kernels();
const KernelSet& avx2_kernels();
const KernelSet& avx512_kernels();
const KernelSet& avx512_bf16_kernels();
const KernelSet& amx_kernels();
const KernelSet& neon_kernels();

}  // namespace c3d::cpu
