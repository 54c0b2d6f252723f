#include "kernels/cuda/arithmetic.h"
#include "kernels/cuda/elements.cuh"

namespace c3d::cuda {
namespace {

template <typename T>
struct ReluForward {
  const T* x;
  T* y;
  template <int Size>
  __device__ void run(std::int64_t pack) const {
    Pack<T, Size> values = pack_at<T, Size>(x, pack);
    for (int i = 0; i < Size; ++i) values.at[i] = positive_part(values.at[i]);
    pack_at<T, Size>(y, pack) = values;
  }
};

template <typename T>
struct ReluBackward {
  const T* y;
  T* dy;
  template <int Size>
  __device__ void run(std::int64_t pack) const {
    const Pack<T, Size> values = pack_at<T, Size>(y, pack);
    Pack<T, Size> gradient = pack_at<T, Size>(dy, pack);
    for (int i = 0; i < Size; ++i) gradient.at[i] = passed_by_relu(values.at[i], gradient.at[i]);
    pack_at<T, Size>(dy, pack) = gradient;
  }
};

template <typename From, typename To>  // to = from, or to += from
struct Move {
  const From* from;
  To* to;
  bool adds;
  template <int Size>
  __device__ void run(std::int64_t pack) const {
    const Pack<From, Size> values = pack_at<From, Size>(from, pack);
    Pack<To, Size> sums{};
    if (adds) sums = pack_at<To, Size>(to, pack);
    for (int i = 0; i < Size; ++i) {
      const float value = to_float(values.at[i]);
      sums.at[i] = from_float<To>(adds ? to_float(sums.at[i]) + value : value);
    }
    pack_at<To, Size>(to, pack) = sums;
  }
};

// Element i of all is number first_row * row_count + i of the batch.
template <typename T>
struct Dropout {
  const DeviceScalars* scalars;
  std::uint32_t op;
  float drop_probability, scale;
  const T* x;
  T* y;
  std::uint64_t row_count;
  template <int Size>
  __device__ void run(std::int64_t pack) const {
    const DropoutKey key{scalars->seed, scalars->step, op, drop_probability};
    const std::uint64_t first = scalars->first_row * row_count + static_cast<std::uint64_t>(pack) * Size;
    Pack<T, Size> values = pack_at<T, Size>(x, pack);
    std::uint32_t dropped = 0;
    for (int i = 0; i < Size; ++i) {  // packs of more than one begin with a block of four
      if (Size == 1 || i % 4 == 0) dropped = dropped_of_four(key, (first + i) / 4);
      const std::uint64_t in_block = Size == 1 ? first % 4 : i % 4;
      values.at[i] = dropped_out(values.at[i], (dropped >> in_block & 1) != 0, scale);
    }
    pack_at<T, Size>(y, pack) = values;
  }
};

// call(T{}) with T the type of the elements.
template <typename Call>
cudaError_t with_type(Element element, const Call& call) {
  return element == Element::bf16 ? call(BFloat16{}) : call(float{});
}

template <template <typename> typename Op>
cudaError_t relu(Element element, const void* y, void* in_out, std::int64_t count, cudaStream_t stream) {
  return with_type(element, [&](auto zero) {
    using T = decltype(zero);
    return launch_over_elements<kPackSize<T>>(Op<T>{static_cast<const T*>(y), static_cast<T*>(in_out)}, count,
                                              aligned(y) && aligned(in_out), stream);
  });
}

}  // namespace

cudaError_t relu_forward(Element element, const void* x, void* y, std::int64_t count, cudaStream_t stream) {
  return relu<ReluForward>(element, x, y, count, stream);
}

cudaError_t relu_backward(Element element, const void* y, void* dy, std::int64_t count, cudaStream_t stream) {
  return relu<ReluBackward>(element, y, dy, count, stream);
}

cudaError_t dropout(Element element, const DeviceScalars* scalars, std::uint32_t op, float drop_probability,
                    const void* x, void* y, std::int64_t rows, std::int64_t row_count, cudaStream_t stream) {
  const auto scale = static_cast<float>(1.0 / (1.0 - static_cast<double>(drop_probability)));
  return with_type(element, [&](auto zero) {
    using T = decltype(zero);
    const Dropout<T> work{scalars,
                          op,
                          drop_probability,
                          scale,
                          static_cast<const T*>(x),
                          static_cast<T*>(y),
                          static_cast<std::uint64_t>(row_count)};
    // Only where every row begins with a block of four does every pack.
    return launch_over_elements<kPackSize<T>>(work, rows * row_count,
                                              aligned(x) && aligned(y) && row_count % 4 == 0, stream);
  });
}

cudaError_t accumulate(Element element, const void* x, void* y, std::int64_t count, cudaStream_t stream) {
  return with_type(element, [&](auto zero) {
    using T = decltype(zero);
    return launch_over_elements<kPackSize<T>>(Move<T, T>{static_cast<const T*>(x), static_cast<T*>(y), true},
                                              count, aligned(x) && aligned(y), stream);
  });
}

cudaError_t widen_bf16(const void* x, float* y, bool adds, std::int64_t count, cudaStream_t stream) {
  return launch_over_elements<8>(Move<BFloat16, float>{static_cast<const BFloat16*>(x), y, adds}, count,
                                 aligned(x) && aligned(y), stream);
}

cudaError_t round_to_bf16(const float* x, void* y, std::int64_t count, cudaStream_t stream) {
  return launch_over_elements<8>(Move<float, BFloat16>{x, static_cast<BFloat16*>(y), false}, count,
                                 aligned(x) && aligned(y), stream);
}

}  // namespace c3d::cuda
