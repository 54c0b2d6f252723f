// The CPU backend's transformed filters are never stale, and nothing is left of them when their parameters
// go.
#include <algorithm>

#include "catch.h"
#include "kernels/cpu/cpu_backend.h"
#include "tests/support/array.h"

namespace c3d {
namespace {

Floats filled(const Shape& shape, float value) {
  return {shape, std::vector<float>(static_cast<std::size_t>(shape.count()), value)};
}

const Shape kFilter{16, 3, 3, 3, 16};
constexpr std::size_t kFilterBytes = std::size_t{16} * 27 * 16 * 4;

// A convolution of one clip of ones with a filter of `value` everywhere, and what it gives where no tap is
// padding.
class Convolution {
 public:
  Convolution(Backend& backend, float value)
      : backend_(backend), memory_(backend.allocate(kFilterBytes, MemoryKind::device)) {
    set(value);
  }
  Tensor filter() const { return memory_.tensor(kFilter, DType::f32); }
  Tensor flat() const { return filter().reshaped({kFilter.count()}); }
  void set(float value) { std::fill_n(filter().as<float>(), kFilter.count(), value); }

  // Each over the sum of 27 taps and 16 channels: `value`.
  float forward() {
    backend_.conv3d_forward({}, Activation::none, ones_, filter(), bias_, y_);
    return y_.values[kCentre] / (27 * 16);
  }
  float backward_data() {
    backend_.conv3d_backward_data({}, filter(), ones_, y_);
    return y_.values[kCentre] / (27 * 16);
  }

 private:
  static constexpr std::size_t kCentre = std::size_t{9 + 3 + 1} * 16;
  Backend& backend_;
  Buffer memory_;
  Floats ones_ = filled({1, 3, 3, 3, 16}, 1), bias_ = filled({16}, 0), y_{{1, 3, 3, 3, 16}};
};

}  // namespace

TEST_CASE("packed filters are refreshed when the parameters change") {
  const auto backend = make_cpu_backend({.threads = 2});
  Convolution convolution(*backend, 1.0f);
  CHECK(convolution.forward() == Approx(1));
  CHECK(convolution.backward_data() == Approx(1));
  float expected = 0;

  SECTION("by a write that is announced") {
    convolution.set(2.0f);
    backend->parameters_changed(convolution.flat(), {});
    expected = 2;
  }
  SECTION("by a copy into them") {
    backend->copy(filled(kFilter, 3), convolution.filter());
    expected = 3;
  }
  SECTION("by a zero") {
    backend->zero(convolution.filter());
    expected = 0;
  }
  SECTION("by a step of the optimizer") {
    const Shape flat{kFilter.count()};
    const Floats gradients = filled(flat, -1);
    Floats velocity = filled(flat, 0);
    const std::vector<OptimizerRange> ranges{{.first = 0, .last = flat.count()}};
    backend->begin_step({.learning_rate = 1.0f});
    backend->optimizer_step(
        {.ranges = ranges},
        {.parameters_in_place = convolution.flat(), .gradients = gradients, .velocity_in_place = velocity});
    expected = 2;
  }
  CHECK(convolution.forward() == Approx(expected));
  CHECK(convolution.backward_data() == Approx(expected));
}

TEST_CASE("packed filters are counted and go when their parameters are freed") {
  const auto backend = make_cpu_backend({.threads = 2});
  {
    Convolution convolution(*backend, 1.0f);
    convolution.forward();
    const std::size_t one = backend->memory().packed_bytes;
    CHECK(one >= kFilterBytes);
    convolution.forward();
    CHECK(backend->memory().packed_bytes == one);
    convolution.backward_data();
    CHECK(backend->memory().packed_bytes >= 2 * kFilterBytes);
  }
  CHECK(backend->memory().packed_bytes == 0);
}

TEST_CASE("the filters of conv1 get no gradient in channels that are not valid") {
  const auto backend = make_cpu_backend({.threads = 2});
  const Conv3dGeometry geometry{.valid_input_channels = 3};
  const Floats x = filled({1, 2, 4, 4, 8}, 1), dy = filled({1, 2, 4, 4, 16}, 1);
  Floats dfilter({16, 3, 3, 3, 8}), dbias({16});
  backend->conv3d_backward_filter(geometry, x, dy, dfilter, dbias);
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < dfilter.values.size(); ++i)
    wrong += (dfilter.values[i] != 0) == (i % 8 < 3) ? 0 : 1;
  CHECK(wrong == 0);
  CHECK(dbias.values[0] == 32);
}

}  // namespace c3d
