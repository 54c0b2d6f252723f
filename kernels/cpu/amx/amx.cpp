#include "kernels/cpu/vector/amx.h"

#include "kernels/cpu/amx/backward_filter.h"
#include "kernels/cpu/amx/convolution.h"
#include "kernels/cpu/winograd/kernels.h"

namespace c3d::cpu {
namespace {

// Winograd's tiles multiply floats; what is direct multiplies bf16 in AMX's tiles.
TypeKernels bf16_kernels() {
  TypeKernels kernels = *avx512_bf16_kernels().bf16_in_f32;
  ConvolutionKernel& direct = kernels.tiles[static_cast<int>(Tile::direct)];
  direct.multiply_speed = 16;
  direct.filter_bytes = FilterPanels<Amx>::bytes;
  direct.pack = FilterPanels<Amx>::pack;
  direct.scratch_bytes = AmxConvolution<Amx>::scratch_bytes;
  direct.run = AmxConvolution<Amx>::run;
  direct.can_pool = AmxConvolution<Amx>::can_pool;
  direct.gradient_scratch_bytes = AmxBackwardFilter<Amx>::scratch_bytes;
  direct.gradient = AmxBackwardFilter<Amx>::run;
  return kernels;
}

}  // namespace

const KernelSet& amx_kernels() {
  static const TypeKernels bf16 = bf16_kernels();
  static const KernelSet set{.name = "amx", .f32 = avx512_kernels().f32, .bf16 = &bf16, .bf16_in_f32 = &bf16};
  return set;
}

}  // namespace c3d::cpu
