// The gradients of filters and biases. Winograd's transposed form: the inputs' tiles (B^T) and the output
// gradient's (A) are multiplied point by point, output channels by input channels, summed over all tiles, and
// each pair of channels is transformed (G^T) to its 3 x 3 x 3 taps once. Direct convolution has one point,
// and its columns are the taps' input channels.
//
// Tiles come in blocks. One block: each thread takes pairs of channel groups through all points and writes
// their gradients at once. More: the sums of all points are kept in memory, to which each block adds. A sum
// never depends on the number of threads: one thread makes it, block after block.
#pragma once

#include <omp.h>

#include "kernels/cpu/winograd/gradient_transform.h"

namespace c3d::cpu {

// sums [Rows][2 vectors] = or += the products of a's first Rows words and b's two vectors over `tiles` tiles;
// the products of one call are added up by themselves first, which keeps long sums exact.
template <typename V, int Rows>
void multiply_tiles(const float* a, const float* b, std::int64_t tiles, float* sums, bool add) {
  constexpr std::int64_t kWidth = V::kWidth;
  using Float = typename V::Float;
  Float products[Rows][2];
#pragma GCC unroll 16
  for (int i = 0; i < Rows; ++i) products[i][0] = products[i][1] = V::zero();
  for (std::int64_t tile = 0; tile < tiles; ++tile) {
    const Float b0 = V::load(b), b1 = V::load(b + kWidth);
#pragma GCC unroll 16
    for (int i = 0; i < Rows; ++i) {
      const Float value = V::broadcast(a + i);
      products[i][0] = V::multiply_add(b, value, b0, products[i][0]);
      products[i][1] = V::multiply_add(b, value, b1, products[i][1]);
    }
    V::prefetch(b + 32 * kWidth);
    a += kWidth;
    b += 2 * kWidth;
  }
#pragma GCC unroll 16
  for (int i = 0; i < Rows; ++i) {
    float* to = sums + 2 * kWidth * i;
    V::store(add ? V::load(to) + products[i][0] : products[i][0], to);
    V::store(add ? V::load(to + kWidth) + products[i][1] : products[i][1], to + kWidth);
  }
}

// Input, Gradient, Filter: the transforms of inputs, the output's gradient, and back. Swapped (narrow
// inputs): the rows of products are the inputs' and the columns the output channels; else the other way
// round.
template <typename V, typename T, typename Input, typename Gradient, typename Filter, bool Swapped>
class BackwardFilter {
  static constexpr std::int64_t kWidth = V::kWidth, kColumns = 2 * V::kWidth;
  static constexpr std::int64_t kInputLine = Swapped ? kWidth : kColumns;
  static constexpr std::int64_t kGradientLine = Swapped ? kColumns : kWidth;

 public:
  static std::int64_t scratch_bytes(int threads, const FilterGradientJob& job, const Blocking& blocking) {
    const Layout layout(threads, job.forward, blocking);
    return layout.input_bytes + layout.gradient_bytes + layout.sums_bytes + layout.private_bytes * threads;
  }

  // Like every scratch here: aligned to 64 bytes, scratch_bytes() of it. Blocking::shared is not read: panels
  // are.
  static void run(int threads, const FilterGradientJob& job, const Blocking& blocking, std::byte* scratch) {
    const ConvolutionJob& conv = job.forward;
    const Layout layout(threads, conv, blocking);
    float* inputs = reinterpret_cast<float*>(scratch);
    float* gradients = reinterpret_cast<float*>(scratch + layout.input_bytes);
    float* all_sums = reinterpret_cast<float*>(scratch + layout.input_bytes + layout.gradient_bytes);
#pragma omp parallel num_threads(threads)
    {
      const int thread = omp_get_thread_num(), team = omp_get_num_threads();
      float* gathered = reinterpret_cast<float*>(scratch + layout.input_bytes + layout.gradient_bytes +
                                                 layout.sums_bytes + layout.private_bytes * thread);
      for (std::int64_t i = 0; i < layout.private_floats; ++i) gathered[i] = 0;
      if (conv.used < conv.in_channels) clear(job, part(conv.out_channels, thread, team));
      for (std::int64_t block = 0; block < layout.blocks; ++block) {
        const Range tiles = part(layout.tiles, block, layout.blocks);
        const Panels<float> x = panels(inputs, tiles.count(), layout.input_chunks, kInputLine);
        const Panels<float> dy = panels(gradients, tiles.count(), layout.gradient_chunks, kGradientLine);
        const Range mine = part(tiles.count(), thread, team);
        Input::run(conv, tiles.first + mine.first, tiles.first + mine.last, mine.first, x, gathered);
        Gradient::run(conv, static_cast<const T*>(job.dy), tiles.first + mine.first, tiles.first + mine.last,
                      mine.first, dy);
#pragma omp barrier
        const Panels<float>& a = Swapped ? x : dy;
        const Panels<float>& b = Swapped ? dy : x;
        if (layout.blocks == 1) {
          float* sums = gathered + layout.private_floats;
          const Range items = part(layout.items(), thread, team);
          for (std::int64_t item = items.first; item < items.last; ++item) {
            for (std::int64_t point = 0; point < Input::kPoints; ++point) {
              multiply(layout, a, b, item, point, tiles.count(), sums + point * kItem, false);
            }
            write(job, layout, item, sums);
          }
        } else {
          const Range units = part(layout.items() * Input::kPoints, thread, team);
          for (std::int64_t unit = units.first; unit < units.last; ++unit) {
            multiply(layout, a, b, unit / Input::kPoints, unit % Input::kPoints, tiles.count(),
                     all_sums + unit * kItem, block > 0);
          }
        }
#pragma omp barrier
      }
      if (layout.blocks > 1) {
        const Range items = part(layout.items(), thread, team);
        for (std::int64_t item = items.first; item < items.last; ++item) {
          write(job, layout, item, all_sums + item * Input::kPoints * kItem);
        }
      }
    }
  }

 private:
  static constexpr std::int64_t kItem = kWidth * kColumns;  // sums of one point of an item

  struct Range {
    std::int64_t first, last;
    std::int64_t count() const { return last - first; }
  };
  static Range part(std::int64_t count, std::int64_t i, std::int64_t n) {
    return {count * i / n, count * (i + 1) / n};
  }

  static void clear(const FilterGradientJob& job, const Range& filters) {
    const std::int64_t size = job.forward.kernel.volume() * job.forward.in_channels;
    for (std::int64_t i = filters.first * size; i < filters.last * size; ++i) job.dfilter[i] = 0;
  }

  static Panels<float> panels(float* data, std::int64_t tiles, std::int64_t chunks, std::int64_t line) {
    return {data, point_stride(chunks * tiles * line, sizeof(float)), tiles * line, line};
  }

  // An item is a group of rows (kWidth) and one of columns (kColumns).
  struct Layout {
    std::int64_t tiles, blocks, input_rows, per_tap, input_chunks, gradient_chunks, private_floats;
    std::int64_t input_bytes, gradient_bytes, sums_bytes, private_bytes;

    Layout(int /*threads*/, const ConvolutionJob& job, const Blocking& blocking) {
      tiles = job.clips * Input::grid(job).count.volume();
      blocks = ceil_div(tiles, std::max<std::int64_t>(blocking.tiles, 1));
      const RowLayout rows = Input::rows(job, kInputLine);
      input_rows = rows.rows();
      per_tap = rows.per_tap;
      input_chunks = ceil_div(input_rows, kInputLine);
      gradient_chunks = ceil_div(job.out_channels, kGradientLine);
      const std::int64_t most = ceil_div(tiles, std::max<std::int64_t>(blocks, 1));
      private_floats = round_up(Input::private_floats(job), 16);
      input_bytes = bytes(panels(nullptr, most, input_chunks, kInputLine));
      gradient_bytes = bytes(panels(nullptr, most, gradient_chunks, kGradientLine));
      const std::int64_t sums = Input::kPoints * kItem * 4;
      sums_bytes = blocks > 1 ? sums * items() : 0;
      private_bytes = private_floats * 4 + (blocks > 1 ? 0 : sums);
    }
    std::int64_t row_groups() const { return Swapped ? input_chunks : gradient_chunks; }
    std::int64_t items() const { return input_chunks * gradient_chunks; }
    static std::int64_t bytes(const Panels<float>& p) { return p.point_stride * Input::kPoints * 4; }
  };

  static void multiply(const Layout& layout, const Panels<float>& a, const Panels<float>& b,
                       std::int64_t item, std::int64_t point, std::int64_t tiles, float* sums, bool add) {
    const std::int64_t row = item % layout.row_groups(), column = item / layout.row_groups();
    const float* rows = a.data + point * a.point_stride + row * a.chunk_stride;
    const float* columns = b.data + point * b.point_stride + column * b.chunk_stride;
    constexpr int kRows = V::kGradientRows;
    for (std::int64_t first = 0; first < kWidth; first += kRows) {
      multiply_tiles<V, kRows>(rows + first, columns, tiles, sums + first * kColumns, add);
    }
  }

  // The gradients of an item's filters from the sums of its points, [point][row][column].
  static void write(const FilterGradientJob& job, const Layout& layout, std::int64_t item,
                    const float* sums) {
    const ConvolutionJob& conv = job.forward;
    const std::int64_t row = item % layout.row_groups() * kWidth,
                       column = item / layout.row_groups() * kColumns;
    if constexpr (Swapped) {
      write_swapped(job, layout, row, column, sums);
    } else {
      const std::int64_t filter_size = conv.kernel.volume() * conv.in_channels;
      for (std::int64_t i = 0; i < std::min(kWidth, conv.out_channels - row); ++i) {
        for (std::int64_t half = 0; half < kColumns && column + half < layout.input_rows; half += kWidth) {
          Filter::run(conv, sums + i * kColumns + half, kItem, column + half, layout.per_tap,
                      job.dfilter + (row + i) * filter_size);
        }
      }
    }
  }

  // Rows are the inputs' (tap, channel), columns output channels.
  static void write_swapped(const FilterGradientJob& job, const Layout& layout, std::int64_t row,
                            std::int64_t column, const float* sums) {
    const ConvolutionJob& conv = job.forward;
    for (std::int64_t i = row; i < std::min(row + kWidth, layout.input_rows); ++i) {
      const std::int64_t tap = i / conv.used, channel = i % conv.used;
      for (std::int64_t half = 0; half < kColumns; half += kWidth) {
        const std::int64_t first = column + half;
        typename V::Float points[1][Input::kPoints], g[3][3];
        for (int point = 0; point < Input::kPoints; ++point) {
          points[0][point] = V::load(sums + point * kItem + (i - row) * kColumns + half);
        }
        plane_gradient<4>(points[0], g);
        for (int t = 0; t < 9; ++t) {
          float lanes[V::kWidth];
          V::store(g[t / 3][t % 3], lanes);
          for (std::int64_t lane = 0; lane < std::min<std::int64_t>(kWidth, conv.out_channels - first);
               ++lane) {
            job.dfilter[((first + lane) * 27 + tap * 9 + t) * conv.in_channels + channel] = lanes[lane];
          }
        }
      }
    }
  }
};

// dbias [channels] of dy [positions,channels]: sums over pieces of positions, then over the pieces.
template <typename V, typename T>
struct BackwardBias {
  static constexpr std::int64_t kPieces = 64;

  static std::int64_t scratch_bytes(std::int64_t channels) { return kPieces * channels * 4; }
  static void run(int threads, const void* dy, std::int64_t positions, std::int64_t channels, float* dbias,
                  std::byte* scratch) {
    float* sums = reinterpret_cast<float*>(scratch);
#pragma omp parallel for num_threads(threads) schedule(static)
    for (std::int64_t piece = 0; piece < kPieces; ++piece) {
      float* mine = sums + piece * channels;
      for (std::int64_t c = 0; c < channels; ++c) mine[c] = 0;
      const std::int64_t last = positions * (piece + 1) / kPieces;
      for (std::int64_t i = positions * piece / kPieces; i < last; ++i) {
        const T* from = static_cast<const T*>(dy) + i * channels;
        for (std::int64_t c = 0; c < channels; ++c) mine[c] += to_float(from[c]);
      }
    }
    for (std::int64_t c = 0; c < channels; ++c) {
      double sum = 0;
      for (std::int64_t piece = 0; piece < kPieces; ++piece)
        sum += static_cast<double>(sums[piece * channels + c]);
      dbias[c] = static_cast<float>(sum);
    }
  }
};

}  // namespace c3d::cpu
