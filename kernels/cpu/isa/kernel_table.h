// Fills the tables of kernels.h for one instruction set.
#pragma once

#include "kernels/cpu/convolution/direct/bias_gradient.h"
#include "kernels/cpu/convolution/direct/direct.h"
#include "kernels/cpu/convolution/stem/backward_filter.h"
#include "kernels/cpu/convolution/stem/convolution.h"
#include "kernels/cpu/convolution/tiled/backward_filter.h"
#include "kernels/cpu/convolution/tiled/convolution.h"
#include "kernels/cpu/convolution/winograd/filter_transform.h"
#include "kernels/cpu/convolution/winograd/gradient_transform.h"
#include "kernels/cpu/convolution/winograd/input_transform.h"
#include "kernels/cpu/convolution/winograd/output_transform.h"
#include "kernels/cpu/elementwise/inner_loops.h"
#include "kernels/cpu/isa/kernels.h"
#include "kernels/cpu/isa/multiply_adds.h"
#include "kernels/cpu/linear/backward.h"
#include "kernels/cpu/linear/forward.h"

namespace c3d::cpu {

template <typename V, typename E, typename Input, typename Output, typename Pack, typename Gradient>
constexpr ConvolutionKernel kernel_of(Algorithm algorithm, const Extent3& outputs) {
  using Conv = Convolution<V, E, Input, Output>;
  return {.algorithm = algorithm,
          .outputs = outputs,
          .points = Input::kPoints,
          .is_direct = Input::kPoints == 1,
          .multiplies_bf16 = kPerPair<E> > 1,
          .rounds_transforms = Input::kPoints > 1 && kPerPair<E> > 1,
          .filter_bytes =
              [](const FilterJob& job) {
                const std::int64_t vnni_pairs = ceil_div(Pack::rows(job).rows(), kPerPair<E>);
                const std::int64_t blocks = ceil_div(job.out_channels(), 2 * V::kWidth);
                // A panel more: the last product's prefetches stay inside.
                return (blocks * Input::kPoints + 1) * filter_panel<V, E>(vnni_pairs) *
                       std::int64_t{sizeof(E)};
              },
          .pack = [](int threads, const FilterJob& job,
                     std::byte* packed) { Pack::run(threads, job, reinterpret_cast<E*>(packed)); },
          .scratch_bytes = Conv::scratch_bytes,
          .run = Conv::run,
          .can_pool = Output::can_pool,
          .reads_pooled = Input::kPoints > 1,
          .gradient_scratch_bytes = Gradient::scratch_bytes,
          .gradient = Gradient::run};
}

template <typename V, typename T, typename E, int D, int H, bool Stem>
struct WinogradPack {
  static RowLayout rows(const FilterJob& job) {
    return row_layout(job.in_channels(), TileShape<D, H>::kTaps, Stem, kPerPair<E>, V::kWidth * kPerPair<E>);
  }
  static void run(int threads, const FilterJob& job, E* packed) {
    FilterPacker<V, T, E>::template transform<D, H>(threads, job, Stem, packed);
  }
};
template <typename V, typename T, typename E>
struct DirectPack {
  static RowLayout rows(const FilterJob& job) {
    return row_layout(job.in_channels(), job.kernel.volume(), false, kPerPair<E>, V::kWidth * kPerPair<E>);
  }
  static void run(int threads, const FilterJob& job, E* packed) {
    DirectFilterPacker<V, T, E>::run(threads, job, packed);
  }
};

// T: of activations, E: of forward's products; those of gradients are of floats.
template <typename V, typename T, typename E>
constexpr ConvolutionKernel direct_kernel() {
  using Gradient =
      BackwardFilter<V, T, DirectInput<V, T, float>, DirectGradient<V, T>, DirectFilterGradient<V>, false>;
  return kernel_of<V, E, DirectInput<V, T, E>, DirectOutput<V, T>, DirectPack<V, T, E>, Gradient>(
      Algorithm::direct, {1, 1, 1});
}
template <typename V, typename T, typename E, int D, int H>
constexpr ConvolutionKernel winograd_kernel(Algorithm algorithm) {
  using Gradient = BackwardFilter<V, T, WinogradInput<V, T, float, D, H>, WinogradGradient<V, T, D, H>,
                                  WinogradFilterGradient<V, D, H>, false>;
  return kernel_of<V, E, WinogradInput<V, T, E, D, H>, WinogradOutput<V, T, D, H>,
                   WinogradPack<V, T, E, D, H, false>, Gradient>(algorithm, {D, H, H});
}
// Products are of floats: there are too few to gain by less.
template <typename V, typename T>
constexpr ConvolutionKernel stem_kernel() {
  using Gradient = BackwardFilter<V, T, StemInput<V, T, 4>, WinogradGradient<V, T, 1, 4>,
                                  WinogradFilterGradient<V, 1, 4>, true>;
  return kernel_of<V, float, StemInput<V, T, 4>, WinogradOutput<V, T, 1, 4>,
                   WinogradPack<V, T, float, 1, 4, true>, Gradient>(Algorithm::stem_1x4x4, {1, 4, 4});
}

template <typename V, typename T>
constexpr ConvolutionKernel line_stem_kernel() {
  using Conv = StemConvolution<V, T>;
  using Gradient = StemBackwardFilter<V, T>;
  return {.algorithm = Algorithm::stem_1x1x4,
          .outputs = {1, 1, 4},
          .points = Axis<4>::kPoints,
          .uses_blocking = false,
          .filter_bytes = Conv::filter_bytes,
          .pack = Conv::pack,
          .scratch_bytes = Conv::scratch_bytes,
          .run = Conv::run,
          .can_pool = Conv::can_pool,
          .reads_pooled = true,
          .gradient_is_direct = true,
          .gradient_scratch_bytes = Gradient::scratch_bytes,
          .gradient = Gradient::run};
}

template <typename V, typename T, typename E>
constexpr TypeKernels type_kernels() {
  TypeKernels kernels{.bias_scratch_bytes = BackwardBias<V, T>::scratch_bytes,
                      .bias_gradient = BackwardBias<V, T>::run,
                      .linear = {.forward = LinearForward<V, T>::run,
                                 .backward_data = LinearBackwardData<V, T>::run,
                                 .backward_weight = LinearBackwardWeight<V>::run},
                      .multiply_adds = MultiplyAdds<V, E>::run};
  const auto add = [&](const ConvolutionKernel& kernel) { kernels.convolution(kernel.algorithm) = kernel; };
  add(direct_kernel<V, T, E>());
  add(winograd_kernel<V, T, E, 1, 4>(Algorithm::winograd_1x4x4));
  add(winograd_kernel<V, T, E, 2, 2>(Algorithm::winograd_2x2x2));
  add(winograd_kernel<V, T, E, 2, 4>(Algorithm::winograd_2x4x4));
  add(winograd_kernel<V, T, E, 4, 4>(Algorithm::winograd_4x4x4));
  add(stem_kernel<V, T>());
  add(line_stem_kernel<V, T>());
  return kernels;
}

}  // namespace c3d::cpu
