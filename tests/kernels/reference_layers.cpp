// The layers of the reference backend against numbers worked out by hand: what every other backend is then
// compared with.
#include "kernels/reference/reference_backend.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "catch.h"
#include "tests/support/array.h"

namespace c3d {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

constexpr Conv3dGeometry kRow{.kernel = {1, 1, 3}, .pad = {0, 0, 1}};

TEST_CASE("a convolution slides the filter over the padded row") {
  const auto backend = make_reference_backend();
  const Floats x({1, 1, 1, 3, 1}, {1, 2, 3}), filter({1, 1, 1, 3, 1}, {10, 20, 30}), bias({1}, {5});
  Floats y({1, 1, 1, 3, 1});
  backend->conv3d_forward(kRow, Activation::none, x, filter, bias, y);
  CHECK(y.values == std::vector<float>{5 + 20 + 60, 5 + 10 + 40 + 90, 5 + 20 + 60});

  const Floats low({1}, {-100});
  backend->conv3d_forward(kRow, Activation::relu, x, filter, low, y);
  CHECK(y.values == std::vector<float>{0, 40, 0});
}

TEST_CASE("a convolution's gradients are those worked out by hand") {
  const auto backend = make_reference_backend();
  const Floats x({1, 1, 1, 3, 1}, {1, 2, 3}), filter({1, 1, 1, 3, 1}, {10, 20, 30}),
      dy({1, 1, 1, 3, 1}, {1, 0, 2});
  Floats dx({1, 1, 1, 3, 1}), dfilter({1, 1, 1, 3, 1}), dbias({1});
  backend->conv3d_backward_data(kRow, filter, dy, dx);
  CHECK(dx.values == std::vector<float>{20, 30 + 2 * 10, 2 * 20});
  backend->conv3d_backward_filter(kRow, x, dy, dfilter, dbias);
  CHECK(dfilter.values == std::vector<float>{2 * 2, 1 + 2 * 3, 2});
  CHECK(dbias.values == std::vector<float>{3});
}

TEST_CASE("a convolution's taps lie where depth, height and width say") {
  const auto backend = make_reference_backend();
  // One 1 in the middle: y shows the filter turned round, y[p] = f[middle - p + pad].
  Floats x({1, 3, 3, 3, 1}, std::vector<float>(27)), filter({1, 3, 3, 3, 1}), y({1, 3, 3, 3, 1});
  x.values[13] = 1;
  for (std::size_t i = 0; i < 27; ++i) filter.values[i] = static_cast<float>(i);
  backend->conv3d_forward({}, Activation::none, x, filter, Floats({1}, {0}), y);
  for (std::size_t i = 0; i < 27; ++i) CHECK(y.values[i] == static_cast<float>(26 - i));
}

TEST_CASE("a convolution sums over channels for each filter and strides over positions") {
  const auto backend = make_reference_backend();
  const Conv3dGeometry conv{.kernel = {1, 1, 1}, .stride = {1, 1, 2}, .pad = {0, 0, 0}};
  const Floats x({1, 1, 1, 3, 2}, {1, 2, 3, 4, 5, 6}), filter({2, 1, 1, 1, 2}, {1, 10, 100, 1000}),
      bias({2}, {0, 0});
  Floats y({1, 1, 1, 2, 2});
  backend->conv3d_forward(conv, Activation::none, x, filter, bias, y);
  CHECK(y.values == std::vector<float>{21, 2100, 65, 6500});
}

TEST_CASE("channels that are not valid have no filter gradient") {
  const auto backend = make_reference_backend();
  const Conv3dGeometry conv{.kernel = {1, 1, 1}, .pad = {0, 0, 0}, .valid_input_channels = 1};
  const Floats x({1, 1, 1, 1, 3}, {2, 0, 0}), dy({1, 1, 1, 1, 1}, {5});
  Floats dfilter({1, 1, 1, 1, 3}), dbias({1});
  backend->conv3d_backward_filter(conv, x, dy, dfilter, dbias);
  CHECK(dfilter.values == std::vector<float>{10, 0, 0});
}

TEST_CASE("the two pool5 rules see other windows") {
  const auto backend = make_reference_backend();
  Floats x({1, 2, 7, 7, 1}, std::vector<float>(98));
  for (std::size_t i = 0; i < 98; ++i) x.values[i] = static_cast<float>(i);
  Floats y({1, 1, 4, 4, 1});
  // PyTorch: windows start at -1, 1, 3, 5, so the last of a row is column 0, 2, 4, 6.
  backend->max_pool3d_forward({.pad_before = {0, 1, 1}, .pad_after = {0, 1, 1}}, x, y, Tensor());
  for (std::size_t h = 0; h < 4; ++h)
    for (std::size_t w = 0; w < 4; ++w)
      CHECK(y.values[h * 4 + w] == static_cast<float>(49 + 2 * h * 7 + 2 * w));
  // Caffe: windows start at 0, 2, 4, 6, and the last is clipped.
  backend->max_pool3d_forward({.pad_after = {0, 1, 1}}, x, y, Tensor());
  for (std::size_t h = 0; h < 4; ++h)
    for (std::size_t w = 0; w < 4; ++w)
      CHECK(y.values[h * 4 + w] == static_cast<float>(49 + std::min<std::size_t>(2 * h + 1, 6) * 7 +
                                                      std::min<std::size_t>(2 * w + 1, 6)));
}

TEST_CASE("a pool remembers the first of equal values, and its gradient goes there") {
  const auto backend = make_reference_backend();
  // d 0: rows (1 7) (2 7), d 1: rows (0 0) (7 3)
  const Floats x({1, 2, 2, 2, 1}, {1, 7, 2, 7, 0, 0, 7, 3}), dy({1, 1, 1, 1, 1}, {4});
  Floats y({1, 1, 1, 1, 1}), dx({1, 2, 2, 2, 1});
  Bytes argmax({1, 1, 1, 1, 1});
  backend->max_pool3d_forward({}, x, y, argmax);
  CHECK(y.values[0] == 7);
  CHECK(argmax.values[0] == 1);
  backend->max_pool3d_backward({}, argmax, dy, dx);
  CHECK(dx.values == std::vector<float>{0, 4, 0, 0, 0, 0, 0, 0});
}

TEST_CASE("a pool's position counts the taps that lie in the padding") {
  const auto backend = make_reference_backend();
  const Floats x({1, 1, 1, 1, 1}, {-3});
  Floats y({1, 1, 1, 1, 1});
  Bytes argmax({1, 1, 1, 1, 1});
  backend->max_pool3d_forward({.kernel = {1, 2, 2}, .pad_before = {0, 1, 1}}, x, y, argmax);
  CHECK(y.values[0] == -3);  // padding never wins
  CHECK(argmax.values[0] == 3);
}

TEST_CASE("gradients of overlapping windows add up") {
  const auto backend = make_reference_backend();
  const Pool3dGeometry pool{.kernel = {1, 1, 2}, .stride = {1, 1, 1}};
  const Floats x({1, 1, 1, 3, 1}, {1, 9, 2}), dy({1, 1, 1, 2, 1}, {10, 100});
  Floats y({1, 1, 1, 2, 1}), dx({1, 1, 1, 3, 1});
  Bytes argmax({1, 1, 1, 2, 1});
  backend->max_pool3d_forward(pool, x, y, argmax);
  backend->max_pool3d_backward(pool, argmax, dy, dx);
  CHECK(dx.values == std::vector<float>{0, 110, 0});
}

TEST_CASE("relu and max-pool keep NaN") {
  const auto backend = make_reference_backend();
  const Floats x({1, 1, 1, 4, 1}, {kNan, 1, -1, 2});
  Floats y({1, 1, 1, 4, 1}), pooled({1, 1, 1, 2, 1});
  backend->relu_forward(x, y);
  CHECK(std::isnan(y.values[0]));
  CHECK(std::vector<float>(y.values.begin() + 1, y.values.end()) == std::vector<float>{1, 0, 2});
  backend->max_pool3d_forward({.kernel = {1, 1, 2}, .stride = {1, 1, 2}}, x, pooled, Tensor());
  CHECK(std::isnan(pooled.values[0]));
  CHECK(pooled.values[1] == 2);
}

TEST_CASE("relu passes no gradient where its output is zero") {
  const auto backend = make_reference_backend();
  const Floats y({4}, {0, 1, 2, 0});
  Floats dy({4}, {5, 6, 7, 8});
  backend->relu_backward(y, dy);
  CHECK(dy.values == std::vector<float>{0, 6, 7, 0});
}

TEST_CASE("the fused convolution and pool are the one after the other") {
  const auto backend = make_reference_backend();
  const Pool3dGeometry pool{.kernel = {1, 1, 2}, .stride = {1, 1, 2}};
  const Floats x({1, 1, 1, 4, 1}, {1, -2, 3, 4}), filter({1, 1, 1, 3, 1}, {0, 1, 0}), bias({1}, {0});
  Floats y({1, 1, 1, 2, 1});
  Bytes argmax({1, 1, 1, 2, 1});
  backend->conv3d_max_pool3d_forward(kRow, pool, x, filter, bias, y, argmax);
  CHECK(y.values == std::vector<float>{1, 4});
  CHECK(argmax.values == std::vector<std::uint8_t>{0, 1});
  CHECK(backend->memory().workspace_bytes >= 16);  // the convolution's own output, in scratch

  Floats dx({1, 1, 1, 4, 1}), dfilter({1, 1, 1, 3, 1}), dbias({1});
  backend->conv3d_max_pool3d_backward(kRow, pool, x, filter, argmax, y, Floats({1, 1, 1, 2, 1}, {10, 100}),
                                      dx, dfilter, dbias);
  CHECK(dx.values == std::vector<float>{10, 0, 0, 100});
  CHECK(dfilter.values == std::vector<float>{0 * 10 + 3 * 100, 1 * 10 + 4 * 100, -2 * 10});
  CHECK(dbias.values == std::vector<float>{110});
}

TEST_CASE("the fused convolution and pool lose nothing between groups of clips") {
  const auto backend = make_reference_backend();
  // 103 MB of convolution a clip: more than half a group, so each clip is a group of its own. Clip n is n + 1
  // everywhere, and filter k is k - 64: the convolution is constant, and the pool takes one pixel of each
  // 4x8x8.
  const Conv3dGeometry conv{.kernel = {1, 1, 1}, .pad = {0, 0, 0}};
  const Pool3dGeometry pool{.kernel = {1, 1, 1}, .stride = {4, 8, 8}};
  constexpr std::size_t kFilters = 128, kWindows = 4 * 14 * 14, kPixels = 16 * 112 * 112;
  Floats x({2, 16, 112, 112, 1}), filter({128, 1, 1, 1, 1}), dy({2, 4, 14, 14, 128});
  const Floats bias({128}, std::vector<float>(kFilters));
  for (std::size_t i = 0; i < x.values.size(); ++i) x.values[i] = i < kPixels ? 1 : 2;
  for (std::size_t k = 0; k < kFilters; ++k) filter.values[k] = static_cast<float>(k) - 64;
  for (std::size_t i = 0; i < dy.values.size(); ++i) dy.values[i] = i < dy.values.size() / 2 ? 10 : 1;

  Floats y(dy.shape), dx(x.shape), dfilter(filter.shape), dbias({128});
  Bytes argmax(dy.shape);
  backend->conv3d_max_pool3d_forward(conv, pool, x, filter, bias, y, argmax);
  backend->conv3d_max_pool3d_backward(conv, pool, x, filter, argmax, y, dy, dx, dfilter, dbias);

  for (std::size_t k : {0u, 64u, 65u, 127u}) {
    const float sum = std::max(filter.values[k], 0.0f);
    CHECK(y.values[k] == sum);
    CHECK(y.values[(2 * kWindows - 1) * kFilters + k] == 2 * sum);
    CHECK(dfilter.values[k] == (sum > 0 ? kWindows * (10 * 1 + 1 * 2) : 0));
    CHECK(dbias.values[k] == (sum > 0 ? kWindows * (10 + 1) : 0));
  }
  constexpr float kPositiveFilters = 63 * 32;  // 1 + ... + 63
  CHECK(dx.values[0] == 10 * kPositiveFilters);
  CHECK(dx.values[1] == 0);
  CHECK(dx.values[kPixels] == kPositiveFilters);
}

TEST_CASE("a linear layer multiplies by rows of its weight") {
  const auto backend = make_reference_backend();
  const Floats x({2, 2}, {1, 2, 3, 4}), weight({3, 2}, {1, 0, 0, 1, -1, -1}), bias({3}, {10, 20, 1});
  Floats y({2, 3});
  backend->linear_forward(Activation::none, x, weight, bias, y);
  CHECK(y.values == std::vector<float>{11, 22, -2, 13, 24, -6});
  backend->linear_forward(Activation::relu, x, weight, bias, y);
  CHECK(y.values == std::vector<float>{11, 22, 0, 13, 24, 0});

  const Floats dy({2, 3}, {1, 2, 3, 0, 1, 0});
  Floats dx({2, 2}), dweight({3, 2}), dbias({3});
  backend->linear_backward(x, weight, dy, dx, dweight, dbias);
  CHECK(dx.values == std::vector<float>{1 - 3, 2 - 3, 0, 1});
  CHECK(dweight.values == std::vector<float>{1, 2, 2 + 3, 4 + 4, 3, 6});
  CHECK(dbias.values == std::vector<float>{1, 3, 3});
}

TEST_CASE("gradients that are not wanted are left out") {
  const auto backend = make_reference_backend();
  const Floats x({1, 2}, {1, 2}), weight({1, 2}, {3, 4}), dy({1, 1}, {5});
  Floats dx({1, 2}), dbias({1});
  backend->linear_backward(x, weight, dy, dx, Tensor(), Tensor());
  CHECK(dx.values == std::vector<float>{15, 20});
  backend->linear_backward(x, weight, dy, Tensor(), Tensor(), dbias);
  CHECK(dbias.values == std::vector<float>{5});
}

}  // namespace
}  // namespace c3d
