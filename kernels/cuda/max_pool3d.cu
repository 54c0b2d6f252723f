#include "kernels/cuda/block_sum.cuh"
#include "kernels/cuda/elements.cuh"
#include "kernels/cuda/pooling.h"
#include "kernels/cuda/reduce.h"

namespace c3d::cuda {
namespace {

using AnyWindow = FixedWindow<0, 0, 0>;

template <typename Window, typename T, int Size, typename Out, typename Finish>
__global__ void __launch_bounds__(kElementThreads)
    max_pool_windows(PoolMap pool, std::uint32_t rows, const Pack<T, Size>* __restrict__ x,
                     Pack<Out, Size>* __restrict__ y, Pack<std::uint8_t, Size>* __restrict__ argmax,
                     Finish finish) {
  const int pack = static_cast<int>(blockIdx.y * blockDim.x + threadIdx.x);
  const std::uint32_t row = blockIdx.x * blockDim.y + threadIdx.y;
  if (pack < pool.packs && row < rows) max_pool_window<Window>(pool, row, pack, x, y, argmax, finish);
}

// One row of partials per blockIdx.x. Rows are cells (kTiles) or input positions.
template <typename Window, bool kTiles, typename T, int Size>
__global__ void __launch_bounds__(kSumThreads, 2)
    max_pool_gradients(PoolMap pool, std::uint32_t rows, const Pack<std::uint8_t, Size>* __restrict__ argmax,
                       const Pack<T, Size>* __restrict__ y, const Pack<T, Size>* __restrict__ dy,
                       Pack<T, Size>* __restrict__ dx, float* __restrict__ partials) {
  float sums[Size] = {};
  const int pack = static_cast<int>(blockIdx.y * blockDim.x + threadIdx.x);
  for (std::uint32_t row = blockIdx.x * blockDim.y + threadIdx.y; row < rows && pack < pool.packs;
       row += gridDim.x * blockDim.y) {
    if constexpr (kTiles) {
      max_pool_spread<Window>(pool, row, pack, argmax, y, dy, dx, sums);
    } else {
      max_pool_gather(pool, row, pack, argmax, y, dy, dx, sums);
    }
  }
  if (partials != nullptr) write_block_sums(sums, pool.packs, partials);
}

// Calls call(window, element, pack size) with the kernel that fits: fixed windows and packs for C3D's pools.
template <typename T, typename Call>
cudaError_t with_window(const Pool3dGeometry& pool, bool packed, const Call& call) {
  if (!packed) return call.template operator()<AnyWindow, T, 1>();
  if (pool.kernel == Extent3{2, 2, 2})
    return call.template operator()<FixedWindow<2, 2, 2>, T, kPackSize<T>>();
  if (pool.kernel == Extent3{1, 2, 2})
    return call.template operator()<FixedWindow<1, 2, 2>, T, kPackSize<T>>();
  return call.template operator()<AnyWindow, T, kPackSize<T>>();
}
template <typename Call>
cudaError_t with_window(Element element, const Pool3dGeometry& pool, bool packed, const Call& call) {
  return element == Element::bf16 ? with_window<BFloat16>(pool, packed, call)
                                  : with_window<float>(pool, packed, call);
}

// Kernels count positions in 32 bits.
bool countable(const PoolArguments& pool) {
  constexpr std::int64_t kLimit = std::int64_t{1} << 31;
  return pool.clips * pool.input.volume() < kLimit && pool.clips * pool.output.volume() < kLimit;
}

bool in_packs(int size, const PoolArguments& pool, const void* x, const void* y, const void* argmax) {
  return pool.channels % size == 0 && aligned(x) && aligned(y) && aligned(argmax);
}
bool in_packs(Element element, const PoolArguments& pool, const void* x, const void* y, const void* argmax) {
  return in_packs(element == Element::bf16 ? kPackSize<BFloat16> : kPackSize<float>, pool, x, y, argmax);
}

template <typename Window, typename T, int Size, typename Out, typename Finish>
cudaError_t forward(const PoolArguments& arguments, const void* x, void* y, std::uint8_t* argmax,
                    const Finish& finish, cudaStream_t stream) {
  constexpr std::int64_t kNoLimit = std::int64_t{1} << 40;
  const std::int64_t rows = arguments.clips * arguments.output.volume();
  const PoolMap pool =
      pool_map(arguments.geometry, arguments.input, arguments.output, arguments.channels / Size);
  const RowLayout layout = row_layout(rows, pool.packs, kElementThreads, kNoLimit);
  max_pool_windows<Window, T, Size, Out>
      <<<dim3(layout.blocks, layout.sides), dim3(layout.lanes, layout.rows), 0, stream>>>(
          pool, static_cast<std::uint32_t>(rows), static_cast<const Pack<T, Size>*>(x),
          static_cast<Pack<Out, Size>*>(y), reinterpret_cast<Pack<std::uint8_t, Size>*>(argmax), finish);
  return cudaGetLastError();
}

bool is_empty(const PoolArguments& pool) {
  return pool.clips == 0 || pool.output.volume() == 0 || pool.channels == 0;
}

// y null: no ReLU. dbias null: not wanted.
template <typename Window, typename T, int Size>
cudaError_t backward(const PoolArguments& arguments, const std::uint8_t* argmax, const void* y,
                     const void* dy, void* dx, float* dbias, bool adds, float* partials,
                     cudaStream_t stream) {
  const PoolMap pool =
      pool_map(arguments.geometry, arguments.input, arguments.output, arguments.channels / Size);
  const bool tiles = windows_tile(pool);
  const std::int64_t cells = std::int64_t{cell_count(pool.d)} * cell_count(pool.h) * cell_count(pool.w);
  const std::int64_t rows = arguments.clips * (tiles ? cells : arguments.input.volume());
  const RowLayout layout = row_layout(rows, pool.packs, kSumThreads, reduction_blocks());
  const auto kernel =
      tiles ? max_pool_gradients<Window, true, T, Size> : max_pool_gradients<AnyWindow, false, T, Size>;
  kernel<<<dim3(layout.blocks, layout.sides), dim3(layout.lanes, layout.rows), 0, stream>>>(
      pool, static_cast<std::uint32_t>(rows), reinterpret_cast<const Pack<std::uint8_t, Size>*>(argmax),
      static_cast<const Pack<T, Size>*>(y), static_cast<const Pack<T, Size>*>(dy),
      static_cast<Pack<T, Size>*>(dx), dbias == nullptr ? nullptr : partials);
  const cudaError_t status = cudaGetLastError();
  if (status != cudaSuccess || dbias == nullptr) return status;
  return sum_partials(partials, layout.blocks, arguments.channels, dbias, adds, stream);
}

}  // namespace

cudaError_t max_pool_forward(Element element, const PoolArguments& arguments, const void* x, void* y,
                             std::uint8_t* argmax, cudaStream_t stream) {
  if (!countable(arguments)) return cudaErrorInvalidValue;
  if (is_empty(arguments)) return cudaSuccess;
  return with_window(element, arguments.geometry, in_packs(element, arguments, x, y, argmax),
                     [&]<typename Window, typename T, int Size>() {
                       return forward<Window, T, Size, T>(arguments, x, y, argmax, Unchanged{}, stream);
                     });
}

cudaError_t max_pool_e4m3(const PoolArguments& arguments, const void* x, void* y, cudaStream_t stream) {
  if (!countable(arguments)) return cudaErrorInvalidValue;
  if (is_empty(arguments)) return cudaSuccess;
  const bool packed = in_packs(kPackSize<Float8E4M3>, arguments, x, y, nullptr);
  return with_window<Float8E4M3>(arguments.geometry, packed, [&]<typename Window, typename T, int Size>() {
    return forward<Window, T, Size, T>(arguments, x, y, nullptr, Unchanged{}, stream);
  });
}

cudaError_t max_pool_bf16_to_e4m3(const PoolArguments& arguments, const void* x, float factor, void* y,
                                  cudaStream_t stream) {
  if (!countable(arguments)) return cudaErrorInvalidValue;
  if (is_empty(arguments)) return cudaSuccess;
  const bool packed = in_packs(kPackSize<BFloat16>, arguments, x, y, nullptr);
  return with_window<BFloat16>(arguments.geometry, packed, [&]<typename Window, typename T, int Size>() {
    return forward<Window, T, Size, Float8E4M3>(arguments, x, y, nullptr, ScaledE4M3{factor}, stream);
  });
}

cudaError_t max_pool_relu_backward(Element element, const PoolArguments& arguments,
                                   const std::uint8_t* argmax, const void* y, const void* dy, void* dx,
                                   float* dbias, bool adds, float* partials, cudaStream_t stream) {
  if (!countable(arguments)) return cudaErrorInvalidValue;
  if (arguments.clips == 0 || arguments.channels == 0) return cudaSuccess;
  const bool packed = in_packs(element, arguments, dx, dy, argmax) && aligned(y);
  return with_window(element, arguments.geometry, packed, [&]<typename Window, typename T, int Size>() {
    return backward<Window, T, Size>(arguments, argmax, y, dy, dx, dbias, adds, partials, stream);
  });
}

cudaError_t max_pool_backward(Element element, const PoolArguments& arguments, const std::uint8_t* argmax,
                              const void* dy, void* dx, cudaStream_t stream) {
  return max_pool_relu_backward(element, arguments, argmax, nullptr, dy, dx, nullptr, false, nullptr, stream);
}

}  // namespace c3d::cuda
