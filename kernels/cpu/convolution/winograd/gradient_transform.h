// The output's gradient of a block of tiles as the filter gradient's products want it: [point][channel
// block][tile][line], after A of axis.h; and the way back from the products to the filter's gradient, after
// G^T.
#pragma once

#include "kernels/cpu/convolution/tiled/panels.h"
#include "kernels/cpu/convolution/winograd/pooled_patch.h"
#include "kernels/cpu/convolution/winograd/tile_transform.h"

namespace c3d::cpu {

template <typename V, typename T, int D, int H>
class WinogradGradient {
  using Shape = TileShape<D, H>;
  using Float = typename V::Float;
  static constexpr int kSide = Shape::kSidePoints;

 public:
  // Tiles first .. last - 1 of job.out, the first of them as number `at` of the panels.
  static void run(const FilterGradientJob& gradient, std::int64_t first, std::int64_t last, std::int64_t at,
                  const Panels<float>& to) {
    const ConvolutionJob& job = gradient.forward;
    if (gradient.pooled.dy != nullptr) return run_pooled(gradient, first, last, at, to);
    const T* dy = static_cast<const T*>(gradient.dy);
    const TileGrid tiles(job.out, {D, H, H});
    for (std::int64_t tile = first; tile < last; ++tile, ++at) {
      const TileGrid::Place place = tiles[tile];
      const Extent3 inside{std::min<std::int64_t>(D, job.out.d - place.d),
                           std::min<std::int64_t>(H, job.out.h - place.h),
                           std::min<std::int64_t>(H, job.out.w - place.w)};
      const T* from =
          dy + (((place.clip * job.out.d + place.d) * job.out.h + place.h) * job.out.w + place.w) *
                   job.out_channels;
      float* line = to.data + at * to.line;
      std::int64_t c = 0;
      for (; c + V::kWidth <= job.out_channels; c += V::kWidth) {
        transform(
            job, inside, from + c, [](const T* value) { return V::load(value); },
            line + c / to.line * to.channel_block_stride + c % to.line, to);
      }
      if (c < job.out_channels) {
        const std::int64_t count = job.out_channels - c;
        transform(
            job, inside, from + c, [count](const T* value) { return V::load_part(value, count); },
            line + c / to.line * to.channel_block_stride + c % to.line, to);
      }
    }
  }

 private:
  static void run_pooled(const FilterGradientJob& gradient, std::int64_t first, std::int64_t last,
                         std::int64_t at, const Panels<float>& to) {
    const ConvolutionJob& job = gradient.forward;
    const TileGrid tiles(job.out, {D, H, H});
    ConvolutionJob patch_job;  // the patch as a tensor
    patch_job.out = {D, H, H};
    patch_job.out_channels = V::kWidth;
    PooledPatch<V, T, D, H> patch;
    for (std::int64_t tile = first; tile < last; ++tile, ++at) {
      const TileGrid::Place place = tiles[tile];
      float* line = to.data + at * to.line;
      for (std::int64_t c = 0; c < job.out_channels; c += V::kWidth) {
        patch.fill(gradient.pooled, job.out_channels, place.clip, place.d, place.h, place.w, c,
                   job.out_channels - c);
        transform(
            patch_job, patch_job.out, patch.values[0][0][0], [](const T* value) { return V::load(value); },
            line + c / to.line * to.channel_block_stride + c % to.line, to);
      }
    }
  }

  template <typename Load>
  [[gnu::always_inline]] static void transform(const ConvolutionJob& job, const Extent3& inside,
                                               const T* from, const Load& load, float* to,
                                               const Panels<float>& panels) {
    Float planes[D][Shape::kPlane];
    const std::int64_t row = job.out.w * job.out_channels, plane = job.out.h * row;
    for (int z = 0; z < D; ++z) {
      Float rows[H][kSide];
#pragma GCC unroll 4
      for (int y = 0; y < H; ++y) {
        Float dy[H];
        load_row(from + z * plane + y * row, job.out_channels, z < inside.d && y < inside.h ? inside.w : 0,
                 load, dy);
        Axis<H>::output_transposed(dy, rows[y]);
      }
      gradient_columns<H>(rows, planes[z]);
    }
    const auto depth = [](const auto& column, auto& points) { Axis<D>::output_transposed(column, points); };
    if (panels.streamed) {
      store_depth<V, Shape::kDepthPoints, true>(planes, to, panels.point_stride, depth);
    } else {
      store_depth<V, Shape::kDepthPoints, false>(planes, to, panels.point_stride, depth);
    }
  }

  // The first `count` of a row of a tile, and zeros.
  template <typename Load>
  [[gnu::always_inline]] static void load_row(const T* from, std::int64_t step, std::int64_t count,
                                              const Load& load, Float (&dy)[H]) {
    if (count == H) {
#pragma GCC unroll 4
      for (int x = 0; x < H; ++x) dy[x] = load(from + x * step);
    } else {
#pragma GCC unroll 4
      for (int x = 0; x < H; ++x) dy[x] = x < count ? load(from + x * step) : V::zero();
    }
  }
};

// From the sums of products to the filter's gradient, for all rows (output channels) and columns (of inputs)
// of an item, whose sums of one point or tap are `kItem` floats: first fold() makes the 3 x 3 taps of h and w
// of each plane of points, as soon as it is there, then write() the taps of depth, of one row and a vector of
// columns.
template <typename V, int D, int H>
class WinogradFilterGradient {
  using Shape = TileShape<D, H>;
  using Float = typename V::Float;

 public:
  static constexpr int kPlane = Shape::kPlane, kDepth = Shape::kDepthPoints;
  static constexpr int kFolded = 9;  // what a plane becomes

  // sums [kPlane][kItem] to folded [kFolded][kItem], a vector every `step` floats.
  template <std::int64_t kItem>
  static void fold(const float* accumulators, float* folded, std::int64_t step) {
    for (std::int64_t i = 0; i < kItem; i += step) {
      Float points[kPlane], g[3][3];
      for (int point = 0; point < kPlane; ++point) points[point] = V::load(accumulators + point * kItem + i);
      plane_gradient<H>(points, g);
      for (int tap = 0; tap < kFolded; ++tap) V::store(g[tap / 3][tap % 3], folded + tap * kItem + i);
    }
  }

  // folded: [kDepth][kFolded], each `stride` floats from the one before; column: first of the lanes among the
  // columns, which are channels, or with D = 1 taps of `per_tap` channels. to: dfilter of this output
  // channel.
  static void write(const ConvolutionJob& job, const float* folded, std::int64_t stride, std::int64_t column,
                    std::int64_t per_tap, float* to) {
    const std::int64_t tap = D == 1 ? column / per_tap : 0, channel = column - tap * per_tap;
    const std::int64_t lanes = std::min<std::int64_t>(V::kWidth, job.valid_channels - channel);
    if (lanes <= 0) return;
    float* const first = to + tap * kFolded * job.in_channels + channel;
    for (int i = 0; i < kFolded; ++i) {
      if constexpr (D == 1) {
        store(V::load(folded + i * stride), first + i * job.in_channels, lanes);
      } else {
        Float points[kDepth], g[3];
        for (int z = 0; z < kDepth; ++z) points[z] = V::load(folded + (z * kFolded + i) * stride);
        Axis<D>::filter_transposed(points, g);
        for (int z = 0; z < 3; ++z) store(g[z], first + (z * kFolded + i) * job.in_channels, lanes);
      }
    }
  }

 private:
  static void store(Float value, float* to, std::int64_t lanes) {
    if (lanes == V::kWidth) {
      V::store(value, to);
    } else {
      V::store_part(value, to, lanes);
    }
  }
};

}  // namespace c3d::cpu
