#include "kernels/cpu/isa/amx.h"

#include "kernels/cpu/convolution/amx/backward_filter.h"
#include "kernels/cpu/convolution/amx/convolution.h"
#include "kernels/cpu/convolution/amx/depth_gradient_panels.h"
#include "kernels/cpu/convolution/amx/depth_input.h"
#include "kernels/cpu/convolution/amx/local_convolution.h"
#include "kernels/cpu/convolution/amx/local_gradient.h"
#include "kernels/cpu/convolution/amx/paired_input.h"
#include "kernels/cpu/convolution/problem/locality.h"
#include "kernels/cpu/isa/kernels.h"
#include "kernels/cpu/isa/multiply_adds.h"

namespace c3d::cpu {
namespace {

bool can_pool(const Extent3& window) {
  return window.h == 2 && window.w == 2 && (window.d == 1 || window.d == 2);
}

template <typename Filters, typename Forward, typename Gradient>
void replace(ConvolutionKernel& kernel) {
  kernel.filter_bytes = Filters::bytes;
  kernel.pack = Filters::pack;
  kernel.scratch_bytes = Forward::scratch_bytes;
  kernel.run = Forward::run;
  kernel.can_pool = can_pool;
  kernel.gradient_scratch_bytes = Gradient::scratch_bytes;
  kernel.gradient = Gradient::run;
  kernel.uses_blocking = false;
  kernel.multiplies_bf16 = kernel.gradient_multiplies_bf16 = true;
}

// In a core's second cache where they fit there.
struct DirectConvolution {
  using Local = AmxLocalConvolution<Amx, PaddedInput<Amx>>;
  using Wide = AmxConvolution<Amx, PaddedInput<Amx>>;

  static std::int64_t scratch_bytes(int threads, const ConvolutionJob& job, const Blocking& blocking) {
    return holds_convolution(job) ? Local::scratch_bytes(threads, job, blocking)
                                  : Wide::scratch_bytes(threads, job, blocking);
  }
  static void run(int threads, const ConvolutionJob& job, const Blocking& blocking, std::byte* scratch) {
    holds_convolution(job) ? Local::run(threads, job, blocking, scratch)
                           : Wide::run(threads, job, blocking, scratch);
  }
};
struct DirectGradient {
  using Local = AmxLocalGradient<Amx, ChannelInputs<Amx>>;
  using Wide = AmxBackwardFilter<Amx, GradientPanels<Amx>>;

  static std::int64_t scratch_bytes(int threads, const FilterGradientJob& job, const Blocking& blocking) {
    return holds_gradient(job.forward) ? Local::scratch_bytes(threads, job, blocking)
                                       : Wide::scratch_bytes(threads, job, blocking);
  }
  static void run(int threads, const FilterGradientJob& job, const Blocking& blocking, std::byte* scratch) {
    holds_gradient(job.forward) ? Local::run(threads, job, blocking, scratch)
                                : Wide::run(threads, job, blocking, scratch);
  }
};

template <int D>
ConvolutionKernel depth_kernel(Algorithm algorithm) {
  ConvolutionKernel kernel{.algorithm = algorithm, .outputs = {D, 1, 1}, .points = Axis<D>::kPoints};
  replace<DepthPanels<Amx, D>, AmxConvolution<Amx, DepthInput<Amx, D>>,
          AmxBackwardFilter<Amx, DepthGradientPanels<Amx, D>>>(kernel);
  kernel.multiply_speed = 16;
  kernel.rounds_transforms = kernel.gradient_rounds_transforms = true;
  return kernel;
}

// Winograd's tiles multiply floats; what is direct or Winograd's along depth alone multiplies bf16 in AMX's
// tiles.
TypeKernels bf16_kernels() {
  TypeKernels kernels = *avx512_bf16_kernels().bf16_in_f32;
  ConvolutionKernel& direct = kernels.convolution(Algorithm::direct);
  replace<FilterPanels<Amx>, DirectConvolution, DirectGradient>(direct);
  direct.multiply_speed = 16;
  ConvolutionKernel& stem = kernels.convolution(Algorithm::stem_1x4x4);
  replace<StemPanels<Amx>, AmxLocalConvolution<Amx, PairedInput<Amx>>,
          AmxLocalGradient<Amx, StemInputs<Amx>>>(stem);
  stem.outputs = {1, 1, 1};  // nothing is transformed, though its name says so
  stem.points = 1;
  stem.is_direct = true;
  stem.multiply_speed = 16;
  kernels.convolution(Algorithm::winograd_2x1x1) = depth_kernel<2>(Algorithm::winograd_2x1x1);
  kernels.convolution(Algorithm::winograd_4x1x1) = depth_kernel<4>(Algorithm::winograd_4x1x1);
  kernels.multiply_adds = TileMultiplyAdds<Amx>::run;
  return kernels;
}

}  // namespace

const KernelSet& amx_kernels() {
  static const TypeKernels bf16 = bf16_kernels();
  static const KernelSet set{.name = "amx",
                             .f32 = avx512_kernels().f32,
                             .bf16 = &bf16,
                             .bf16_in_f32 = &bf16,
                             .elementwise = avx512_kernels().elementwise};
  return set;
}

}  // namespace c3d::cpu
