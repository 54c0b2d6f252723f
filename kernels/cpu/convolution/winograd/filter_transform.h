// Filters as the products want them, [out block][point][VNNI pair][2 vectors of output channels], transformed
// (G) for the tiles of Winograd. An out block is 2 vectors of output channels; missing ones are zero. A row
// is an input channel, or a tap of one; with bf16 two rows make a VNNI pair.
#pragma once

#include <omp.h>

#include "kernels/cpu/convolution/tiled/panels.h"
#include "kernels/cpu/convolution/winograd/tile_transform.h"
#include "kernels/cpu/memory/work_shares.h"

namespace c3d::cpu {

// T: of the filters, E: of the products.
template <typename V, typename T, typename E>
class FilterPacker {
  static constexpr std::int64_t kWidth = V::kWidth, kOut = 2 * kWidth, kStep = kPerPair<E>;
  using Float = typename V::Float;

 public:
  // All threads; `packed` is [blocks][points], each point a filter_panel() of [VNNI pairs][kOut] VNNI pairs.
  template <int D, int H>
  static void transform(int threads, const FilterJob& job, bool stem, E* packed) {
    using Shape = TileShape<D, H>;
    const RowLayout layout = row_layout(job.in_channels(), Shape::kTaps, stem, kStep, kWidth * kStep);
    const std::int64_t vnni_pairs = layout.rows() / kStep + (layout.rows() % kStep != 0);
    const std::int64_t panel = filter_panel<V, E>(vnni_pairs), blocks = ceil_div(job.out_channels(), kOut);
    const std::int64_t groups = ceil_div(layout.channels, kRows);
    if (Shape::kTaps > 1 && vnni_pairs * kStep > Shape::kTaps * layout.channels) {
      for (std::int64_t i = 0; i < blocks * Shape::kPoints * panel; ++i) packed[i] = E{};
    }
    WorkShares<V> shares;
#pragma omp parallel num_threads(threads)
    {
      typename WorkShares<V>::StealingRange work(shares, omp_get_thread_num(), omp_get_num_threads());
      // Groups that follow each other are neighbours in memory.
      work.run(blocks * groups, [&](std::int64_t item) {
        transform_group<D, H>(job, layout, panel, item / groups, item % groups * kRows, packed);
      });
      V::stream_fence();
    }
  }

 private:
  static constexpr std::int64_t kRows = 16;  // input channels at a time

  // The taps of `kRows` input channels from `first` on and of one block of output channels, the latter in
  // lanes.
  static void gather(const FilterJob& job, std::int64_t block, std::int64_t first, std::int64_t rows,
                     float (&taps)[27][kRows][kOut]) {
    const T* filter = static_cast<const T*>(job.filter);
    const std::int64_t out = block * kOut, lanes = std::min<std::int64_t>(kOut, job.out_channels() - out);
    if (job.flipped) {  // lanes are the filters' channels
      for (std::int64_t row = 0; row < rows; ++row) {
        for (int tap = 0; tap < 27; ++tap) {
          const T* from = filter + ((first + row) * 27 + (26 - tap)) * job.channels + out;
          for (int half = 0; half < 2; ++half) {
            const std::int64_t count = lanes - half * kWidth;
            const Float value = count >= kWidth ? V::load(from + half * kWidth)
                                : count > 0     ? V::load_part(from + half * kWidth, count)
                                                : V::zero();
            V::store(value, taps[tap][row] + half * kWidth);
          }
        }
      }
      return;
    }
    // Lanes are whole filters: the channels of each are loaded, and transposed.
    for (std::int64_t half = 0; half < kOut; half += kWidth) {
      for (int tap = 0; tap < 27; ++tap) {
        for (std::int64_t row = 0; row < rows; row += kWidth) {
          const std::int64_t count = std::min<std::int64_t>(kWidth, rows - row);
          Float square[kWidth];
          for (std::int64_t i = 0; i < kWidth; ++i) {
            const T* from = filter + ((out + half + i) * 27 + tap) * job.channels + first + row;
            square[i] = half + i >= lanes ? V::zero()
                        : count == kWidth ? V::load(from)
                                          : V::load_part(from, count);
          }
          V::transpose(square);
          for (std::int64_t i = 0; i < count; ++i) V::store(square[i], taps[tap][row + i] + half);
        }
      }
    }
  }

  // A group's filters of one block at all points, plane after plane of the depth axis: so that there are not
  // too many places in memory that are written to in turn.
  template <int D, int H>
  static void transform_group(const FilterJob& job, const RowLayout& layout, std::int64_t panel,
                              std::int64_t block, std::int64_t first, E* packed) {
    using Shape = TileShape<D, H>;
    alignas(64) float taps[27][kRows][kOut];
    const std::int64_t rows = std::min(kRows, layout.channels - first);
    gather(job, block, first, rows, taps);
    const auto planes = [&]<int... Z>(std::integer_sequence<int, Z...> /*depth*/) {
      (
          [&] {
            // With D = 1 the depth's taps are rows of the same points; else its points are points.
            const std::int64_t point = block * Shape::kPoints + (D == 1 ? 0 : Z * Shape::kPlane);
            const std::int64_t row = first + (D == 1 ? Z * layout.per_tap : 0);
            transform_plane<D, H, Z>(taps, rows, panel, packed + point * panel + row * kOut);
          }(),
          ...);
    };
    planes(std::make_integer_sequence < int, D == 1 ? 3 : Shape::kDepthPoints > ());
  }

  // to: the first row's first point; stride: from point to point.
  template <int D, int H, int Z>
  static void transform_plane(const float (&taps)[27][kRows][kOut], std::int64_t rows, std::int64_t stride,
                              E* to) {
    constexpr int kPlane = TileShape<D, H>::kPlane;
    for (std::int64_t row = 0; row < rows; row += kStep, to += kOut * kStep) {
      for (int half = 0; half < 2; ++half) {
        Float points[kStep][kPlane];
        for (int i = 0; i < kStep; ++i) {
          Float g[3][3][3], plane[3][3];
#pragma GCC unroll 27
          for (int tap = 0; tap < 27; ++tap) {
            g[tap / 9][tap / 3 % 3][tap % 3] =
                row + i < rows ? V::load(taps[tap][row + i] + half * kWidth) : V::zero();
          }
          filter_depth<D, Z>(g, plane);
          filter_plane<H>(plane, points[i]);
        }
        for (int i = 0; i < kPlane; ++i) {
          E* at = to + i * stride + half * kWidth * kStep;
          if constexpr (kStep == 2) {
            V::stream(V::pairs(points[0][i], points[1][i]), reinterpret_cast<float*>(at));
          } else {
            V::stream(points[0][i], at);
          }
        }
      }
    }
  }
};

}  // namespace c3d::cpu
