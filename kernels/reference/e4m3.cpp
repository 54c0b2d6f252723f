// The ops over 8 bits: operands become floats, which hold them exactly, the ops of floats sum their products,
// and each result is rounded once.
#include <algorithm>

#include "kernels/reference/ops.h"
#include "kernels/reference/storage.h"

namespace c3d::reference {
namespace {

// Memory of floats with a shape.
struct Floats {
  explicit Floats(const Shape& shape_of_them)
      : values(static_cast<std::size_t>(shape_of_them.count())), shape(shape_of_them) {}
  explicit Floats(ConstTensor e4m3) : Floats(e4m3.shape()) {
    std::transform(e4m3.as<Float8E4M3>(), e4m3.as<Float8E4M3>() + e4m3.count(), values.begin(),
                   [](Float8E4M3 value) { return to_float(value); });
  }
  Tensor tensor() { return host_tensor(values.data(), shape); }

  std::vector<float> values;
  Shape shape;
};

// y = activation(sum * factors[k] + bias[k]); channels come last.
void write_results(Activation activation, const Floats& sums, ConstTensor factors, ConstTensor bias,
                   Tensor y) {
  const std::int64_t channels = factors.count();
  const auto result = [&](std::int64_t i) {
    const float scaled = sums.values[static_cast<std::size_t>(i)] * factors.as<float>()[i % channels] +
                         bias.as<float>()[i % channels];
    return activation == Activation::relu && scaled <= 0 ? 0.0f : scaled;
  };
  with_any_storage(y.type(), [&](auto storage) {
    using T = decltype(storage);
    for (std::int64_t i = 0; i < y.count(); ++i) store(y.as<T>()[i], result(i));
  });
}

}  // namespace

void conv3d_e4m3_forward(const Conv3dGeometry& conv, Activation activation, ConstTensor x, ConstTensor filter,
                         ConstTensor factors, ConstTensor bias, Tensor y) {
  Floats wide_x(x), wide_filter(filter), zeros(bias.shape()), sums(y.shape());
  conv3d_forward(conv, Activation::none, wide_x.tensor(), wide_filter.tensor(), zeros.tensor(),
                 sums.tensor());
  write_results(activation, sums, factors, bias, y);
}

void linear_e4m3_forward(Activation activation, ConstTensor x, ConstTensor weight, ConstTensor factors,
                         ConstTensor bias, Tensor y) {
  Floats wide_x(x), wide_weight(weight), zeros(bias.shape()), sums(y.shape());
  linear_forward(Activation::none, wide_x.tensor(), wide_weight.tensor(), zeros.tensor(), sums.tensor());
  write_results(activation, sums, factors, bias, y);
}

void conv3d_max_pool3d_to_e4m3_forward(const Conv3dGeometry& conv, const Pool3dGeometry& pool, ConstTensor x,
                                       ConstTensor filter, ConstTensor bias, float factor, Tensor y,
                                       FusedScratch& scratch) {
  std::vector<std::byte> memory(static_cast<std::size_t>(y.count()) * size_of(x.type()));
  const Tensor pooled(memory.data(), y.shape(), x.type());
  conv3d_max_pool3d_forward(conv, pool, x, filter, bias, pooled, {}, scratch);
  with_storage(x.type(), [&](auto storage) {
    const auto* values = pooled.as<decltype(storage)>();
    for (std::int64_t i = 0; i < y.count(); ++i) {
      y.as<Float8E4M3>()[i] = to_e4m3(to_float(values[i]) * factor);
    }
  });
}

void e4m3_values(float scale, ConstTensor x, Tensor y) {
  with_storage(y.type(), [&](auto storage) {
    auto* values = y.as<decltype(storage)>();
    for (std::int64_t i = 0; i < x.count(); ++i) {
      store(values[i], double{to_float(x.as<Float8E4M3>()[i]) * scale});
    }
  });
}

}  // namespace c3d::reference
