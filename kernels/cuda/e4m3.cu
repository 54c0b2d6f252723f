#include "kernels/cuda/arithmetic.h"
#include "kernels/cuda/elements.cuh"

namespace c3d::cuda {
namespace {

constexpr int kPack = 8;

struct Values {
  const Float8E4M3* x;
  float scale;
  BFloat16* y;
  template <int Size>
  __device__ void run(std::int64_t pack) const {
    const Pack<Float8E4M3, Size> codes = pack_at<Float8E4M3, Size>(x, pack);
    Pack<BFloat16, Size> values{};
    for (int i = 0; i < Size; ++i) values.at[i] = to_bfloat16(to_float(codes.at[i]) * scale);
    pack_at<BFloat16, Size>(y, pack) = values;
  }
};

// A pack lies in one row: channels are a multiple of its size.
template <typename T>
struct ScaledSums {
  ScaledSumArguments of;
  T* y;
  template <int Size>
  __device__ void run(std::int64_t pack) const {
    const std::int64_t channel = pack * Size % of.channels;
    const Pack<float, Size> sums = pack_at<float, Size>(of.sums, pack);
    Pack<T, Size> results{};
    for (int i = 0; i < Size; ++i) {
      results.at[i] =
          from_float<T>(scaled_sum(sums.at[i], of.factors[channel + i], of.bias[channel + i], of.relu));
    }
    pack_at<T, Size>(y, pack) = results;
  }
};

template <typename T>
cudaError_t launch_scaled_sums(const ScaledSumArguments& arguments, void* y, cudaStream_t stream) {
  const bool packed = arguments.channels % kPack == 0 && aligned(arguments.sums) && aligned(y);
  return launch_over_elements<kPack>(ScaledSums<T>{arguments, static_cast<T*>(y)},
                                     arguments.rows * arguments.channels, packed, stream);
}

}  // namespace

cudaError_t e4m3_values(const void* x, float scale, void* y, std::int64_t count, cudaStream_t stream) {
  return launch_over_elements<kPack>(
      Values{static_cast<const Float8E4M3*>(x), scale, static_cast<BFloat16*>(y)}, count,
      aligned(x) && aligned(y), stream);
}

cudaError_t scaled_sums(const ScaledSumArguments& arguments, bool to_e4m3, void* y, cudaStream_t stream) {
  return to_e4m3 ? launch_scaled_sums<Float8E4M3>(arguments, y, stream)
                 : launch_scaled_sums<BFloat16>(arguments, y, stream);
}

}  // namespace c3d::cuda
