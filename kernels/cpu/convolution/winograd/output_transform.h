// The products of a block of tiles, [point][tile][2 vectors of output channels], to the output: A^T, bias,
// ReLU, and the max-pooling that follows where its windows lie inside a tile.
#pragma once

#include "kernels/cpu/convolution/tiled/panels.h"
#include "kernels/cpu/convolution/winograd/tile_transform.h"
#include "kernels/cpu/convolution/winograd/window_pool.h"

namespace c3d::cpu {

template <typename V, typename T, int D, int H>
class WinogradOutput {
  using Shape = TileShape<D, H>;
  using Float = typename V::Float;
  static constexpr std::int64_t kWidth = V::kWidth;
  static constexpr int kSide = Shape::kSidePoints;

 public:
  // Tiles first .. last - 1, the first of them at `sums`; channels block * 2 kWidth and on.
  static void run(const ConvolutionJob& job, std::int64_t first, std::int64_t last, std::int64_t block,
                  const Accumulators& accumulators) {
    if (job.window.d == 2) {
      if constexpr (D > 1) run_pooled<2>(job, first, last, block, accumulators);
    } else if (job.window.h == 2) {
      run_pooled<1>(job, first, last, block, accumulators);
    } else {
      run_tiles<0, false>(job, first, last, block, accumulators);
    }
  }
  // Windows that lie inside the tiles.
  static bool can_pool(const Extent3& window) {
    return window.h == 2 && window.w == 2 && (window.d == 1 || (window.d == 2 && D > 1));
  }

 private:
  template <int PoolDepth>
  static void run_pooled(const ConvolutionJob& job, std::int64_t first, std::int64_t last, std::int64_t block,
                         const Accumulators& accumulators) {
    if (job.argmax != nullptr) {
      run_tiles<PoolDepth, true>(job, first, last, block, accumulators);
    } else {
      run_tiles<PoolDepth, false>(job, first, last, block, accumulators);
    }
  }

  template <int PoolDepth, bool Argmax>
  static void run_tiles(const ConvolutionJob& job, std::int64_t first, std::int64_t last, std::int64_t block,
                        const Accumulators& accumulators) {
    const TileGrid tiles(job.out, {D, H, H});
    for (std::int64_t tile = first; tile < last; ++tile) {
      const float* from = accumulators.data + (tile - first) * 2 * kWidth;
      for (int half = 0; half < 2; ++half) {
        const std::int64_t channel = (2 * block + half) * kWidth;
        if (channel >= job.out_channels) break;
        transform<PoolDepth, Argmax>(job, tiles[tile], channel, from + half * kWidth,
                                     accumulators.point_stride);
      }
    }
  }

  template <int PoolDepth, bool Argmax>
  [[gnu::always_inline]] static void transform(const ConvolutionJob& job, const TileGrid::Place& place,
                                               std::int64_t channel, const float* from, std::int64_t stride) {
    Float planes[D][Shape::kPlane];
    if constexpr (D == 1) {
#pragma GCC unroll 36
      for (int i = 0; i < Shape::kPlane; ++i) planes[0][i] = V::load(from + i * stride);
    } else {
      const std::int64_t plane = Shape::kPlane * stride;
      for (int i = 0; i < Shape::kPlane; ++i, from += stride) {
        Float points[Shape::kDepthPoints], column[D];
#pragma GCC unroll 6
        for (int z = 0; z < Shape::kDepthPoints; ++z) points[z] = V::load(from + z * plane);
        Axis<D>::output(points, column);
#pragma GCC unroll 4
        for (int z = 0; z < D; ++z) planes[z][i] = column[z];
      }
    }
    const std::int64_t channels = std::min<std::int64_t>(kWidth, job.out_channels - channel);
    const T* bias = static_cast<const T*>(job.bias);
    const Float add = bias == nullptr ? V::zero() : V::load_part(bias + channel, channels);
    const Extent3 inside{std::min<std::int64_t>(D, job.out.d - place.d),
                         std::min<std::int64_t>(H, job.out.h - place.h),
                         std::min<std::int64_t>(H, job.out.w - place.w)};
    if constexpr (PoolDepth == 0) {
      T* y = static_cast<T*>(job.y) + offset(job.out, job.out_channels, place) + channel;
      for (int z = 0; z < inside.d; ++z) {
        Float plane[H][H];
        output_plane<H>(planes[z], plane);
        store_plane(job, plane, add, inside, channels, y + z * job.out.h * job.out.w * job.out_channels);
      }
    } else {
      pool<PoolDepth, Argmax>(job, planes, add, place, inside, channel, channels);
    }
  }

  static std::int64_t offset(const Extent3& extent, std::int64_t channels, const TileGrid::Place& at) {
    return (((at.clip * extent.d + at.d) * extent.h + at.h) * extent.w + at.w) * channels;
  }
  [[gnu::always_inline]] static void store_plane(const ConvolutionJob& job, const Float (&plane)[H][H],
                                                 Float add, const Extent3& inside, std::int64_t channels,
                                                 T* y) {
#pragma GCC unroll 4
    for (int i = 0; i < H; ++i) {
      if (i >= inside.h) break;
      T* row = y + i * job.out.w * job.out_channels;
#pragma GCC unroll 4
      for (int k = 0; k < H; ++k) {
        if (k >= inside.w) break;
        const Float value = plane[i][k] + add;
        store_channels<V>(job.relu ? V::positive_part(value) : value, row + k * job.out_channels, channels);
      }
    }
  }

  template <int PoolDepth, bool Argmax>
  [[gnu::always_inline]] static void pool(const ConvolutionJob& job, const Float (&planes)[D][Shape::kPlane],
                                          Float add, const TileGrid::Place& place, const Extent3& inside,
                                          std::int64_t channel, std::int64_t channels) {
    constexpr int kWindows = H / 2;
    const Extent3 pooled{job.out.d / PoolDepth, job.out.h / 2, job.out.w / 2};
    for (int z = 0; z + PoolDepth <= inside.d; z += PoolDepth) {
      WindowPool<V, H, H, Argmax> windows;
#pragma GCC unroll 2
      for (int kd = 0; kd < PoolDepth; ++kd) {
        Float plane[H][H];
        output_plane<H>(planes[z + kd], plane);
        windows.take(plane, kd, add);
      }
      const TileGrid::Place first{place.clip, (place.d + z) / PoolDepth, place.h / 2, place.w / 2};
      const std::int64_t at = offset(pooled, job.out_channels, first) + channel;
      for (int i = 0; i < kWindows && 2 * i + 2 <= inside.h; ++i) {
        for (int k = 0; k < kWindows && 2 * k + 2 <= inside.w; ++k) {
          const std::int64_t to = at + (i * pooled.w + k) * job.out_channels;
          windows.store(i, k, add, static_cast<T*>(job.y) + to, Argmax ? job.argmax + to : nullptr, channels);
        }
      }
    }
  }
};

}  // namespace c3d::cpu
