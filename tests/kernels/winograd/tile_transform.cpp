// Whole tiles against the loops they stand for, in exact numbers.
#include "kernels/cpu/convolution/winograd/tile_transform.h"

#include <utility>

#include "catch.h"
#include "draws.h"
#include "rational.h"

namespace c3d::cpu {
namespace {

// One tile of D x H x H outputs of a random input, filter and output's gradient, all of small integers.
template <int D, int H>
struct TileCheck {
  using Shape = TileShape<D, H>;
  static constexpr int kSide = H + 2, kDepth = D + 2;  // of the input that the tile sees
  static constexpr int kPlane = Shape::kPlane;
  static constexpr int kDepthPoints = Shape::kDepthPoints;
  static constexpr int kFilterDepth = D == 1 ? 3 : kDepthPoints;

  Rational x[kDepth][kSide][kSide], g[3][3][3], dy[D][H][H];
  Rational y[D][H][H], dg[3][3][3];  // as the loops have them

  explicit TileCheck(std::uint64_t seed) {
    Draws draws(seed);
    const auto fill = [&](auto& cube) {
      for (auto& plane : cube) {
        for (auto& row : plane) {
          for (Rational& value : row) value = Rational(static_cast<int>(draws.between(-9, 9)));
        }
      }
    };
    fill(x);
    fill(g);
    fill(dy);
    for (int o = 0; o < D * H * H; ++o) {
      const int z = o / (H * H), i = o / H % H, k = o % H;
      for (int t = 0; t < 27; ++t) {
        const int tz = t / 9, ti = t / 3 % 3, tk = t % 3;
        const Rational& value = x[z + tz][i + ti][k + tk];
        y[z][i][k] = y[z][i][k] + value * g[tz][ti][tk];
        dg[tz][ti][tk] = dg[tz][ti][tk] + value * dy[z][i][k];
      }
    }
  }

  // B^T of the planes from `first` on.
  void input_points(int first, Rational (&points)[kDepthPoints][kPlane]) const {
    Rational planes[kDepthPoints][kPlane];
    for (int z = 0; z < kDepthPoints; ++z) input_plane<H>(x[first + z], planes[z]);
    if constexpr (D == 1) {
      for (int i = 0; i < kPlane; ++i) points[0][i] = planes[0][i];
    } else {
      along_depth(planes, points, [](const auto& column, auto& result) { Axis<D>::input(column, result); });
    }
  }

  // G of the filter.
  void filter_points(Rational (&points)[kFilterDepth][kPlane]) const {
    [&]<int... Z>(std::integer_sequence<int, Z...> /*depth*/) {
      (
          [&] {
            Rational plane[3][3];
            filter_depth<D, Z>(g, plane);
            filter_plane<H>(plane, points[Z]);
          }(),
          ...);
    }(std::make_integer_sequence<int, kFilterDepth>());
  }

  void check_output() const {
    Rational filter[kFilterDepth][kPlane], sums[kDepthPoints][kPlane], planes[D][kPlane];
    filter_points(filter);
    for (int tap = 0; tap < Shape::kTaps; ++tap) {
      Rational input[kDepthPoints][kPlane];
      input_points(tap, input);
      for (int z = 0; z < kDepthPoints; ++z) {
        for (int i = 0; i < kPlane; ++i) sums[z][i] = sums[z][i] + input[z][i] * filter[tap + z][i];
      }
    }
    if constexpr (D == 1) {
      for (int i = 0; i < kPlane; ++i) planes[0][i] = sums[0][i];
    } else {
      along_depth(sums, planes, [](const auto& column, auto& result) { Axis<D>::output(column, result); });
    }
    for (int z = 0; z < D; ++z) {
      Rational plane[H][H];
      output_plane<H>(planes[z], plane);
      for (int i = 0; i < H * H; ++i) CHECK(plane[i / H][i % H] == y[z][i / H][i % H]);
    }
  }

  void check_gradient() const {
    Rational planes[D][kPlane], output[kDepthPoints][kPlane], points[kFilterDepth][kPlane];
    Rational folded[kFilterDepth][3][3], result[3][3][3];
    for (int z = 0; z < D; ++z) gradient_plane<H>(dy[z], planes[z]);
    if constexpr (D == 1) {
      for (int i = 0; i < kPlane; ++i) output[0][i] = planes[0][i];
    } else {
      along_depth(planes, output,
                  [](const auto& column, auto& along) { Axis<D>::output_transposed(column, along); });
    }
    for (int tap = 0; tap < Shape::kTaps; ++tap) {
      Rational input[kDepthPoints][kPlane];
      input_points(tap, input);
      for (int z = 0; z < kDepthPoints; ++z) {
        for (int i = 0; i < kPlane; ++i) points[tap + z][i] = input[z][i] * output[z][i];
      }
    }
    for (int z = 0; z < kFilterDepth; ++z) plane_gradient<H>(points[z], folded[z]);
    for (int t = 0; t < 9; ++t) {
      const int row = t / 3, k = t % 3;
      if constexpr (D == 1) {
        for (int z = 0; z < 3; ++z) result[z][row][k] = folded[z][row][k];
      } else {
        Rational column[kDepthPoints], taps[3];
        for (int z = 0; z < kDepthPoints; ++z) column[z] = folded[z][row][k];
        Axis<D>::filter_transposed(column, taps);
        for (int z = 0; z < 3; ++z) result[z][row][k] = taps[z];
      }
    }
    for (int t = 0; t < 27; ++t) CHECK(result[t / 9][t / 3 % 3][t % 3] == dg[t / 9][t / 3 % 3][t % 3]);
  }
};

template <int D, int H>
void check_tile(std::uint64_t seed) {
  const TileCheck<D, H> tile(seed);
  INFO("tile of " << D << " x " << H << " x " << H);
  tile.check_output();
  tile.check_gradient();
}

TEST_CASE("whole tiles are the convolution and its filter's gradient, exactly", "[winograd]") {
  check_tile<1, 4>(1);
  check_tile<2, 2>(2);
  check_tile<2, 4>(3);
  check_tile<4, 4>(4);
}

}  // namespace
}  // namespace c3d::cpu
