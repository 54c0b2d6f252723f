// Filters as the products want them: [out block][point][word][2 vectors of output channels], transformed (G)
// for the tiles of Winograd, as they are for direct convolution. An out block is 2 vectors of output
// channels; missing ones are zero. A row is an input channel, or a tap of one; with bf16 two rows make a
// word.
#pragma once

#include "kernels/cpu/winograd/job.h"
#include "kernels/cpu/winograd/products.h"
#include "kernels/cpu/winograd/tile_transform.h"

namespace c3d::cpu {

// An element of activations or filters as one of the products.
template <typename E, typename T>
E element(T value) {
  if constexpr (std::is_same_v<T, E>) {
    return value;
  } else {
    return to_float(value);
  }
}

// How rows of products follow from input channels and taps. Rows of one tap fill whole lines, but for
// `narrow` inputs (the clip's three colours), whose taps are packed.
struct RowLayout {
  std::int64_t channels = 0, taps = 1;
  std::int64_t per_tap = 0;  // rows from one tap to the next
  std::int64_t rows() const { return taps > 1 ? taps * per_tap : per_tap; }
};

// step: rows of a word; line: rows of a line.
inline RowLayout row_layout(std::int64_t channels, std::int64_t taps, bool narrow, std::int64_t step,
                            std::int64_t line) {
  if (narrow) return {channels, taps, channels};
  return {channels, taps, round_up(channels, taps > 1 ? line : step)};
}

// T: of the filters, E: of the products.
template <typename V, typename T, typename E>
class FilterPacker {
  static constexpr std::int64_t kWidth = V::kWidth, kOut = 2 * kWidth, kStep = kPerWord<E>;
  using Float = typename V::Float;

 public:
  // All threads; `packed` is [blocks][points][words][kOut] words.
  template <int D, int H>
  static void transform(int threads, const FilterJob& job, bool narrow, E* packed) {
    using Shape = TileShape<D, H>;
    const RowLayout layout = row_layout(job.in_channels(), Shape::kTaps, narrow, kStep, kWidth * kStep);
    const std::int64_t words = layout.rows() / kStep + (layout.rows() % kStep != 0);
    const std::int64_t blocks = ceil_div(job.out_channels(), kOut);
    const std::int64_t groups = ceil_div(layout.channels, kRows);
    if (Shape::kTaps > 1) {
      for (std::int64_t i = 0; i < blocks * Shape::kPoints * words * kOut * kStep; ++i) packed[i] = E{};
    }
#pragma omp parallel for collapse(2) num_threads(threads) schedule(dynamic)
    for (std::int64_t block = 0; block < blocks; ++block) {
      for (std::int64_t group = 0; group < groups; ++group) {
        transform_group<D, H>(job, layout, words, block, group * kRows, packed);
      }
    }
  }

  // One point, every tap a sum.
  static void direct(int threads, const FilterJob& job, E* packed) {
    const std::int64_t taps = job.kernel.volume();
    const RowLayout layout = row_layout(job.in_channels(), taps, false, kStep, kWidth * kStep);
    const std::int64_t rows = layout.rows(), blocks = ceil_div(job.out_channels(), kOut);
    const T* filter = static_cast<const T*>(job.filter);
#pragma omp parallel for num_threads(threads) schedule(dynamic)
    for (std::int64_t block = 0; block < blocks; ++block) {
      E* to = packed + block * rows * kOut;
      for (std::int64_t row = 0; row < rows; ++row) {
        const std::int64_t tap = layout.taps > 1 ? row / layout.per_tap : 0, in = row - tap * layout.per_tap;
        for (std::int64_t lane = 0; lane < kOut; ++lane) {
          const std::int64_t out = block * kOut + lane;
          const bool exists = in < layout.channels && out < job.out_channels();
          const std::int64_t k = job.mirrored ? in : out, c = job.mirrored ? out : in;
          to[((row / kStep) * kOut + lane) * kStep + row % kStep] =
              exists ? element<E>(filter[(k * taps + tap) * job.channels + c]) : E{};
        }
      }
    }
  }

 private:
  static constexpr std::int64_t kRows = 16;  // input channels at a time

  // The taps of `kRows` input channels from `first` on and of one block of output channels, the latter in
  // lanes.
  static void gather(const FilterJob& job, std::int64_t block, std::int64_t first, std::int64_t rows,
                     float (*taps)[kRows][kOut]) {
    const T* filter = static_cast<const T*>(job.filter);
    const std::int64_t out = block * kOut, lanes = std::min<std::int64_t>(kOut, job.out_channels() - out);
    if (job.mirrored) {  // lanes are the filters' channels
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
    for (std::int64_t lane = 0; lane < kOut; ++lane) {
      for (int tap = 0; tap < 27; ++tap) {
        const T* from = filter + ((out + lane) * 27 + tap) * job.channels + first;
        for (std::int64_t row = 0; row < rows; ++row) {
          taps[tap][row][lane] = lane < lanes ? to_float(from[row]) : 0.0f;
        }
      }
    }
  }

  template <int D, int H>
  static void transform_group(const FilterJob& job, const RowLayout& layout, std::int64_t words,
                              std::int64_t block, std::int64_t first, E* packed) {
    using Shape = TileShape<D, H>;
    constexpr int kDepth = D == 1 ? 3 : Shape::kDepthPoints;
    alignas(64) float taps[27][kRows][kOut];
    const std::int64_t rows = std::min(kRows, layout.channels - first);
    gather(job, block, first, rows, taps);
    for (std::int64_t row = 0; row < rows; row += kStep) {
      for (int half = 0; half < 2; ++half) {
        Float points[kStep][kDepth][Shape::kPlane];
        for (int i = 0; i < kStep; ++i) {
          Float g[3][3][3];
          for (int tap = 0; tap < 27; ++tap) {
            g[tap / 9][tap / 3 % 3][tap % 3] =
                row + i < rows ? V::load(taps[tap][row + i] + half * kWidth) : V::zero();
          }
          filter_points<D, H>(g, points[i]);
        }
        for (int z = 0; z < kDepth; ++z) {
          // With D = 1 the depth's taps are rows of the same points; else its points are points.
          const std::int64_t at = first + row + (D == 1 ? z * layout.per_tap : 0);
          for (int i = 0; i < Shape::kPlane; ++i) {
            const std::int64_t point = (D == 1 ? 0 : z * Shape::kPlane) + i;
            E* to = packed +
                    (((block * Shape::kPoints + point) * words + at / kStep) * kOut + half * kWidth) * kStep;
            if constexpr (kStep == 2) {
              V::stream(V::pairs(points[0][z][i], points[1][z][i]), reinterpret_cast<float*>(to));
            } else {
              V::stream(points[0][z][i], to);
            }
          }
        }
      }
    }
    V::stream_fence();
  }
};

}  // namespace c3d::cpu
