// The transforms of axis.h over whole tiles, for a vector of channels at a time. A tile is D x H x H outputs;
// with D = 1 the depth axis is not transformed. Points are numbered [d][h][w].
#pragma once

#include "kernels/cpu/convolution/winograd/axis.h"

namespace c3d::cpu {

template <int D, int H>
struct TileShape {
  static constexpr int kDepthPoints = Axis<D>::kPoints, kSidePoints = Axis<H>::kPoints;
  static constexpr int kPlane = kSidePoints * kSidePoints;
  static constexpr int kPoints = kDepthPoints * kPlane;
  static constexpr int kTaps = D == 1 ? 3 : 1;  // of the filter's depth that stay sums
};

// points[h][w] of one plane, whose rows are transformed already: B^T over its columns.
template <int H, typename Float, int P = Axis<H>::kPoints>
[[gnu::always_inline]] inline void input_columns(const Float (&rows)[P][P], Float (&points)[P * P]) {
#pragma GCC unroll 6
  for (int x = 0; x < P; ++x) {
    Float column[P], result[P];
#pragma GCC unroll 6
    for (int y = 0; y < P; ++y) column[y] = rows[y][x];
    Axis<H>::input(column, result);
#pragma GCC unroll 6
    for (int y = 0; y < P; ++y) points[y * P + x] = result[y];
  }
}

// points[h][w] of one plane: B^T over both axes.
template <int H, typename Float, int P = Axis<H>::kPoints>
[[gnu::always_inline]] inline void input_plane(const Float (&d)[P][P], Float (&points)[P * P]) {
  Float rows[P][P];
#pragma GCC unroll 6
  for (int y = 0; y < P; ++y) Axis<H>::input(d[y], rows[y]);
  input_columns<H>(rows, points);
}

// y[h][w] of one plane: A^T over both axes.
template <int H, typename Float, int P = Axis<H>::kPoints>
[[gnu::always_inline]] inline void output_plane(const Float (&points)[P * P], Float (&y)[H][H]) {
  Float rows[H][P];
#pragma GCC unroll 6
  for (int x = 0; x < P; ++x) {
    Float column[P], result[H];
#pragma GCC unroll 6
    for (int i = 0; i < P; ++i) column[i] = points[i * P + x];
    Axis<H>::output(column, result);
#pragma GCC unroll 6
    for (int i = 0; i < H; ++i) rows[i][x] = result[i];
  }
#pragma GCC unroll 6
  for (int i = 0; i < H; ++i) Axis<H>::output(rows[i], y[i]);
}

// points[h][w] of one plane of an output's gradient, whose rows are transformed already: A over its columns.
template <int H, typename Float, int P = Axis<H>::kPoints>
[[gnu::always_inline]] inline void gradient_columns(const Float (&rows)[H][P], Float (&points)[P * P]) {
#pragma GCC unroll 6
  for (int x = 0; x < P; ++x) {
    Float column[H], result[P];
#pragma GCC unroll 6
    for (int y = 0; y < H; ++y) column[y] = rows[y][x];
    Axis<H>::output_transposed(column, result);
#pragma GCC unroll 6
    for (int y = 0; y < P; ++y) points[y * P + x] = result[y];
  }
}

// points[h][w] of one plane of an output's gradient: A over both axes.
template <int H, typename Float, int P = Axis<H>::kPoints>
[[gnu::always_inline]] inline void gradient_plane(const Float (&dy)[H][H], Float (&points)[P * P]) {
  Float rows[H][P];
#pragma GCC unroll 6
  for (int y = 0; y < H; ++y) Axis<H>::output_transposed(dy[y], rows[y]);
  gradient_columns<H>(rows, points);
}

// For each point of a plane f(values along depth, transformed values).
template <int From, int To, typename Float, int Plane, typename Transform>
[[gnu::always_inline]] inline void along_depth(const Float (&from)[From][Plane], Float (&to)[To][Plane],
                                               const Transform& transform) {
  for (int i = 0; i < Plane; ++i) {
    Float column[From], result[To];
#pragma GCC unroll 6
    for (int z = 0; z < From; ++z) column[z] = from[z][i];
    transform(column, result);
#pragma GCC unroll 6
    for (int z = 0; z < To; ++z) to[z][i] = result[z];
  }
}

// points[h][w] of one plane of a filter: G over both axes.
template <int H, typename Float, int P = Axis<H>::kPoints>
[[gnu::always_inline]] inline void filter_plane(const Float (&g)[3][3], Float (&points)[P * P]) {
  Float rows[3][P];
#pragma GCC unroll 3
  for (int y = 0; y < 3; ++y) Axis<H>::filter(g[y], rows[y]);
#pragma GCC unroll 6
  for (int x = 0; x < P; ++x) {
    const Float column[3] = {rows[0][x], rows[1][x], rows[2][x]};
    Float result[P];
    Axis<H>::filter(column, result);
#pragma GCC unroll 6
    for (int y = 0; y < P; ++y) points[y * P + x] = result[y];
  }
}

// Point Z of the depth axis of three planes of a filter: what G makes of them, or with D = 1 the tap Z.
template <int D, int Z, typename Float>
[[gnu::always_inline]] inline void filter_depth(const Float (&g)[3][3][3], Float (&plane)[3][3]) {
#pragma GCC unroll 9
  for (int tap = 0; tap < 9; ++tap) {
    const int y = tap / 3, x = tap % 3;
    if constexpr (D == 1) {
      plane[y][x] = g[Z][y][x];
    } else {
      const Float column[3] = {g[0][y][x], g[1][y][x], g[2][y][x]};
      Float result[Axis<D>::kPoints];
      Axis<D>::filter(column, result);
      plane[y][x] = result[Z];
    }
  }
}

// The gradient g[h][w] of one plane of a filter from that of its points: G^T over both axes.
template <int H, typename Float, int P = Axis<H>::kPoints>
[[gnu::always_inline]] inline void plane_gradient(const Float (&points)[P * P], Float (&g)[3][3]) {
  Float rows[3][P];
#pragma GCC unroll 6
  for (int x = 0; x < P; ++x) {
    Float column[P], result[3];
#pragma GCC unroll 6
    for (int y = 0; y < P; ++y) column[y] = points[y * P + x];
    Axis<H>::filter_transposed(column, result);
#pragma GCC unroll 3
    for (int y = 0; y < 3; ++y) rows[y][x] = result[y];
  }
#pragma GCC unroll 3
  for (int y = 0; y < 3; ++y) Axis<H>::filter_transposed(rows[y], g[y]);
}

}  // namespace c3d::cpu
