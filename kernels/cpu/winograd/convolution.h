// One convolution by blocks of tiles: transform the inputs of a block, multiply point by point for one block
// of output channels after the other, and transform the products to the output while they are in the cache.
#pragma once

#include <omp.h>

#include "kernels/cpu/winograd/output_transform.h"
#include "kernels/cpu/work_shares.h"

namespace c3d::cpu {

// Input: WinogradInput, NarrowInput or DirectInput, and the Output that belongs to it. E: of the products.
template <typename V, typename E, typename Input, typename Output>
class Convolution {
  static constexpr int kOut = 2 * V::kWidth;
  static constexpr std::int64_t kLine = V::kWidth * kPerWord<E>;

 public:
  static std::int64_t scratch_bytes(int threads, const ConvolutionJob& job, const Blocking& blocking) {
    const Layout layout(threads, job, blocking);
    return layout.panels_bytes * (blocking.shared ? 1 : threads) + layout.thread_bytes * threads;
  }

  // scratch: aligned to 64 bytes, scratch_bytes() of it.
  static void run(int threads, const ConvolutionJob& job, const Blocking& blocking, std::byte* scratch) {
    const Layout layout(threads, job, blocking);
    WorkShares<V> shares;
#pragma omp parallel num_threads(threads)
    {
      const int thread = omp_get_thread_num(), team = omp_get_num_threads();
      typename WorkShares<V>::Member work(shares, thread, team);
      std::byte* own =
          scratch + layout.panels_bytes * (blocking.shared ? 1 : threads) + layout.thread_bytes * thread;
      float* gathered = reinterpret_cast<float*>(own + layout.sums_bytes);
      for (std::int64_t i = 0; i < layout.private_floats; ++i) gathered[i] = 0;
      float* sums = reinterpret_cast<float*>(own);
      if (blocking.shared) {
        E* panels = reinterpret_cast<E*>(scratch);
        for (std::int64_t block = 0; block < layout.blocks; ++block) {
          const Range tiles = part(layout.tiles, block, layout.blocks);
          const Panels<E> to = layout.panels(panels, tiles.count());
          const std::int64_t parts = std::min(tiles.count(), std::int64_t{4} * team);
          work.run(parts, [&](std::int64_t item) {
            const Range mine = part(tiles.count(), item, parts);
            Input::run(job, tiles.first + mine.first, tiles.first + mine.last, mine.first, to, gathered);
          });
#pragma omp barrier
          // Blocks of output channels, in pieces of tiles where there are few blocks for so many threads.
          const std::int64_t pieces = ceil_div(std::int64_t{2} * team, layout.out_blocks);
          work.run(layout.out_blocks * pieces, [&](std::int64_t item) {
            const Range piece = part(tiles.count(), item % pieces, pieces);
            multiply(job, layout, to, item / pieces, tiles.first, piece, sums);
          });
#pragma omp barrier
        }
      } else {
        E* panels = reinterpret_cast<E*>(scratch + layout.panels_bytes * thread);
        work.run(layout.blocks, [&](std::int64_t block) {
          const Range tiles = part(layout.tiles, block, layout.blocks);
          const Panels<E> to = layout.panels(panels, tiles.count());
          Input::run(job, tiles.first, tiles.last, 0, to, gathered);
          for (std::int64_t out = 0; out < layout.out_blocks; ++out) {
            multiply(job, layout, to, out, tiles.first, {0, tiles.count()}, sums);
          }
        });
      }
    }
  }

 private:
  struct Range {
    std::int64_t first, last;
    std::int64_t count() const { return last - first; }
  };
  // The i-th of n equal parts of [0, count).
  static Range part(std::int64_t count, std::int64_t i, std::int64_t n) {
    return {count * i / n, count * (i + 1) / n};
  }

  struct Layout {
    std::int64_t tiles, blocks, out_blocks, chunks, words, most, private_floats;
    std::int64_t panels_bytes, sums_bytes, thread_bytes;

    Layout(int threads, const ConvolutionJob& job, const Blocking& blocking) {
      tiles = job.clips * Input::grid(job).count.volume();
      blocks = ceil_div(tiles, std::max<std::int64_t>(blocking.tiles, 1));
      if (!blocking.shared) blocks = std::min(round_up(blocks, threads), tiles);
      out_blocks = ceil_div(job.out_channels, kOut);
      const std::int64_t rows = Input::rows(job, kLine).rows();
      words = ceil_div(rows, kPerWord<E>);
      chunks = ceil_div(rows, kLine);
      most = ceil_div(tiles, std::max<std::int64_t>(blocks, 1));
      private_floats = Input::private_floats(job);
      panels_bytes =
          round_up(panels(nullptr, most).point_stride * Input::kPoints * std::int64_t{sizeof(E)}, 64);
      sums_bytes = sums_stride(most) * Input::kPoints * 4;
      thread_bytes = round_up(sums_bytes + private_floats * 4, 64);
    }
    Panels<E> panels(E* data, std::int64_t count) const {
      return {data, point_stride(chunks * count * kLine, sizeof(E)), count * kLine, kLine};
    }
  };
  static std::int64_t sums_stride(std::int64_t tiles) { return point_stride(tiles * kOut, 4); }

  // All points of some of a block's tiles and one block of output channels, to the output.
  static void multiply(const ConvolutionJob& job, const Layout& layout, const Panels<E>& panels,
                       std::int64_t out, std::int64_t first_tile, const Range& tiles, float* sums) {
    const std::int64_t count = tiles.count(), calls = ceil_div(count, V::kRows);
    const std::int64_t panel = layout.words * kOut * kPerWord<E>, stride = sums_stride(count);
    const E* filters = static_cast<const E*>(job.filters) + out * Input::kPoints * panel;
    const std::int64_t panel_bytes = panel * std::int64_t{sizeof(E)};
    for (std::int64_t point = 0; point < Input::kPoints; ++point, filters += panel) {
      const E* inputs = panels.data + point * panels.point_stride;
      for (std::int64_t call = 0; call < calls; ++call) {
        const Range rows = part(count, call, calls);
        const E* a = inputs + (tiles.first + rows.first) * kLine;
        const char* next_panel = reinterpret_cast<const char*>(filters) + panel_bytes;
        const Prefetch next{.b = next_panel + panel_bytes * call / calls,
                            .b_half = panel_bytes / 2 / calls,
                            .b_stride = 64 / calls,
                            .a = reinterpret_cast<const char*>(a + panels.point_stride),
                            .a_chunk_stride = panels.chunk_stride * std::int64_t{sizeof(E)},
                            .far = layout.words >= 256};
        multiply_rows_of<V, E>(rows.count())(a, panels.chunk_stride, filters, layout.words,
                                             sums + point * stride + rows.first * kOut, next);
      }
    }
    Output::run(job, first_tile + tiles.first, first_tile + tiles.last, out, {sums, stride});
  }
};

}  // namespace c3d::cpu
