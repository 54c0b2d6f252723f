#include "kernels/cuda/self_check.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/core/philox.h"

namespace c3d::cuda {
namespace {

constexpr Conv3dGeometry kConv;  // 3x3x3, padding 1
const Shape kShapeX{2, 3, 6, 5, 8}, kShapeFilter{16, 3, 3, 3, 8}, kShapeY{2, 3, 6, 5, 16}, kShapeBias{16};

// Multiples of 1/4 from -1 to 1: exact in every precision, so only sums are rounded.
std::vector<float> quarters(const Shape& shape, std::uint64_t seed) {
  std::vector<float> values(static_cast<std::size_t>(shape.count()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(static_cast<int>(philox(seed, i, 0).word[0] % 9) - 4) / 4;
  }
  return values;
}

// Calls visit(element of y, element of x, element of the filter) for every product of the convolution.
template <typename Visit>
void for_each_product(const Visit& visit) {
  const auto index = [](const Shape& s, std::int64_t n, std::int64_t d, std::int64_t h, std::int64_t w,
                        std::int64_t c) {
    return static_cast<std::size_t>((((n * s[1] + d) * s[2] + h) * s[3] + w) * s[4] + c);
  };
  const auto inside = [](std::int64_t at, std::int64_t extent) { return at >= 0 && at < extent; };
  const std::int64_t places = kShapeX[1] * kShapeX[2] * kShapeX[3];
  for (std::int64_t at = 0; at < kShapeX[0] * places * 27; ++at) {
    const std::int64_t tap = at % 27, place = at / 27 % places, n = at / 27 / places;
    const std::int64_t d = place / (kShapeX[2] * kShapeX[3]), h = place / kShapeX[3] % kShapeX[2],
                       w = place % kShapeX[3];
    const std::int64_t kd = tap / 9, kh = tap / 3 % 3, kw = tap % 3;
    const std::int64_t xd = d + kd - 1, xh = h + kh - 1, xw = w + kw - 1;
    if (!inside(xd, kShapeX[1]) || !inside(xh, kShapeX[2]) || !inside(xw, kShapeX[3])) continue;
    for (std::int64_t k = 0; k < kShapeFilter[0]; ++k) {
      for (std::int64_t c = 0; c < kShapeX[4]; ++c) {
        visit(index(kShapeY, n, d, h, w, k), index(kShapeX, n, xd, xh, xw, c),
              index(kShapeFilter, k, kd, kh, kw, c));
      }
    }
  }
}

// A tensor on the device, written from and read as f32.
class Checked {
 public:
  Checked(Backend& backend, const Shape& shape, DType type, const std::vector<float>& values = {})
      : backend_(backend),
        buffer_(
            backend.allocate(static_cast<std::size_t>(shape.count()) * size_of(type), MemoryKind::device)),
        tensor_(buffer_.tensor(shape, type)) {
    if (values.empty()) {
      backend.zero(tensor_);
    } else if (type == DType::f32) {
      backend.copy(host_tensor(values.data(), shape), tensor_);
    } else {
      std::vector<BFloat16> narrow(values.size());
      std::transform(values.begin(), values.end(), narrow.begin(), to_bfloat16);
      backend.copy(host_tensor(narrow.data(), shape), tensor_);
    }
    backend.synchronize();
  }
  Tensor tensor() const { return tensor_; }

  void expect_near(const std::vector<float>& wanted, const char* what) const {
    std::vector<float> got(wanted.size());
    if (tensor_.type() == DType::f32) {
      backend_.copy(tensor_, host_tensor(got.data(), tensor_.shape()));
      backend_.synchronize();
    } else {
      std::vector<BFloat16> narrow(wanted.size());
      backend_.copy(tensor_, host_tensor(narrow.data(), tensor_.shape()));
      backend_.synchronize();
      std::transform(narrow.begin(), narrow.end(), got.begin(),
                     [](BFloat16 value) { return to_float(value); });
    }
    double difference = 0, size = 0;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      difference += std::pow(static_cast<double>(got[i]) - static_cast<double>(wanted[i]), 2);
      size += std::pow(static_cast<double>(wanted[i]), 2);
    }
    const double error = std::sqrt(difference / size);
    const double allowed = compute_type(backend_.precision()) == DType::bf16 ? 1e-2 : 1e-5;
    expect(error <= allowed,
           "the self-check of {} failed: {} of a small convolution differs by {:.2g} from what it must be. "
           "Its numbers "
           "cannot be trusted; use --device cpu, and another version of cuDNN or of the driver",
           backend_.description(), what, error);
  }

 private:
  Backend& backend_;
  Buffer buffer_;
  Tensor tensor_;
};

}  // namespace

void self_check(Backend& backend) {
  const DType type = compute_type(backend.precision());
  const std::vector<float> x = quarters(kShapeX, 1), filter = quarters(kShapeFilter, 2),
                           bias = quarters(kShapeBias, 3), dy = quarters(kShapeY, 4);
  std::vector<float> y(dy.size()), dx(x.size()), dfilter(filter.size()), dbias(bias.size());
  for (std::size_t i = 0; i < y.size(); ++i) {
    y[i] = bias[i % bias.size()];
    dbias[i % bias.size()] += dy[i];
  }
  for_each_product([&](std::size_t at_y, std::size_t at_x, std::size_t at_filter) {
    y[at_y] += x[at_x] * filter[at_filter];
    dx[at_x] += dy[at_y] * filter[at_filter];
    dfilter[at_filter] += dy[at_y] * x[at_x];
  });
  for (float& value : y) value = std::max(value, 0.0f);

  const Checked here_x(backend, kShapeX, type, x), here_filter(backend, kShapeFilter, type, filter),
      here_bias(backend, kShapeBias, type, bias), here_dy(backend, kShapeY, type, dy);
  const Checked got_y(backend, kShapeY, type), got_dx(backend, kShapeX, type),
      got_dfilter(backend, kShapeFilter, DType::f32), got_dbias(backend, kShapeBias, DType::f32);
  backend.conv3d_forward(kConv, Activation::relu, here_x.tensor(), here_filter.tensor(), here_bias.tensor(),
                         got_y.tensor());
  backend.conv3d_backward_data(kConv, here_filter.tensor(), here_dy.tensor(), got_dx.tensor());
  backend.conv3d_backward_filter(kConv, here_x.tensor(), here_dy.tensor(), got_dfilter.tensor(),
                                 got_dbias.tensor());
  got_y.expect_near(y, "the output");
  got_dx.expect_near(dx, "the gradient of the input");
  got_dfilter.expect_near(dfilter, "the gradient of the filter");
  got_dbias.expect_near(dbias, "the gradient of the bias");
}

}  // namespace c3d::cuda
