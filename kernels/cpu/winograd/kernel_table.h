// Fills the tables of kernels.h for one instruction set.
#pragma once

#include "kernels/cpu/winograd/convolution.h"
#include "kernels/cpu/winograd/kernels.h"

namespace c3d::cpu {

template <typename V, typename T, typename E, typename Input, typename Output, typename Pack>
constexpr ConvolutionKernel kernel_of(const char* name, Pack /*pack*/) {
  using Conv = Convolution<V, E, Input, Output>;
  return {.name = name,
          .filter_bytes =
              [](const FilterJob& job) {
                const std::int64_t words = ceil_div(Pack::rows(job).rows(), kPerWord<E>);
                const std::int64_t blocks = ceil_div(job.out_channels(), 2 * V::kWidth);
                // A panel more: the last product's prefetches stay inside.
                return (blocks * Input::kPoints + 1) * words * 2 * V::kWidth * 4;
              },
          .pack = [](int threads, const FilterJob& job,
                     std::byte* packed) { Pack::run(threads, job, reinterpret_cast<E*>(packed)); },
          .scratch_bytes = Conv::scratch_bytes,
          .run = Conv::run,
          .can_pool = Output::can_pool};
}

template <typename V, typename T, typename E, int D, int H, bool Narrow>
struct WinogradPack {
  static RowLayout rows(const FilterJob& job) {
    return row_layout<V, E>(job.in_channels(), TileShape<D, H>::kTaps, Narrow);
  }
  static void run(int threads, const FilterJob& job, E* packed) {
    FilterPacker<V, T, E>::template transform<D, H>(threads, job, Narrow, packed);
  }
};
template <typename V, typename T>
struct DirectPack {
  static RowLayout rows(const FilterJob& job) {
    return row_layout<V, T>(job.in_channels(), job.kernel.volume(), false);
  }
  static void run(int threads, const FilterJob& job, T* packed) { FilterPacker<V, T, T>::direct(threads, job, packed); }
};

template <typename V, typename T, int D, int H>
constexpr ConvolutionKernel winograd_kernel(const char* name) {
  return kernel_of<V, T, T, WinogradInput<V, T, T, D, H>, WinogradOutput<V, T, D, H>>(
      name, WinogradPack<V, T, T, D, H, false>());
}

// T: the type of activations and, but for narrow inputs, of products.
template <typename V, typename T>
constexpr TypeKernels type_kernels() {
  return {.tiles = {kernel_of<V, T, T, DirectInput<V, T>, DirectOutput<V, T>>("direct", DirectPack<V, T>()),
                    winograd_kernel<V, T, 1, 4>("1x4x4"), winograd_kernel<V, T, 2, 2>("2x2x2"),
                    winograd_kernel<V, T, 2, 4>("2x4x4"), winograd_kernel<V, T, 4, 4>("4x4x4")},
          .narrow = kernel_of<V, T, float, NarrowInput<V, T, 4>, WinogradOutput<V, T, 1, 4>>(
              "1x4x4 narrow", WinogradPack<V, T, float, 1, 4, true>())};
}

}  // namespace c3d::cpu
