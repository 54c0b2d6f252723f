// One convolution by blocks of tiles: transform the inputs of a block, multiply point by point for one block
// of output channels after the other, and transform the products to the output while they are in the cache.
#pragma once

#include <omp.h>

#include "kernels/cpu/convolution/tiled/panels.h"
#include "kernels/cpu/memory/work_shares.h"

namespace c3d::cpu {

// Input: WinogradInput, StemInput or DirectInput, and the Output that belongs to it. E: of the products.
template <typename V, typename E, typename Input, typename Output>
class Convolution {
  static constexpr int kOut = 2 * V::kWidth;
  static constexpr std::int64_t kLine = V::kWidth * kPerPair<E>;

 public:
  static std::int64_t scratch_bytes(int threads, const ConvolutionJob& job, const Blocking& blocking) {
    const Layout layout(threads, job, blocking);
    return layout.own_at(threads);
  }

  // scratch: aligned to 64 bytes, scratch_bytes() of it.
  static void run(int threads, const ConvolutionJob& job, const Blocking& blocking, std::byte* scratch) {
    const Layout layout(threads, job, blocking);
    WorkShares<V> shares;
#pragma omp parallel num_threads(threads)
    {
      const int thread = omp_get_thread_num(), team = omp_get_num_threads();
      std::byte* own = scratch + layout.own_at(thread);
      Thread worker{.job = job,
                    .layout = layout,
                    .team = team,
                    .work = {shares, thread, team},
                    .gathered = reinterpret_cast<float*>(own),
                    .accumulators = reinterpret_cast<float*>(own + layout.private_floats * 4)};
      for (std::int64_t i = 0; i < layout.private_floats; ++i) worker.gathered[i] = 0;
      E* const panels =
          reinterpret_cast<E*>(scratch + layout.panels_bytes * (layout.private_tiles() ? thread : 0));
      switch (layout.division) {
        case Division::private_tiles:
          worker.run_private_tiles(panels);
          break;
        case Division::output_channels:
          worker.run_output_channels(panels);
          break;
        case Division::transform_points:
          worker.accumulators = reinterpret_cast<float*>(scratch + layout.panels_bytes);
          worker.run_transform_points(panels);
          break;
      }
    }
  }

 private:
  // Panels of more bytes than a core's own caches hold are streamed, where nobody reads them soon.
  static constexpr std::int64_t kStreamed = std::int64_t{1} << 20;

  struct Range {
    std::int64_t first, last;
    std::int64_t count() const { return last - first; }
  };
  // The i-th of n equal parts of [0, count).
  static Range part(std::int64_t count, std::int64_t i, std::int64_t n) {
    return {count * i / n, count * (i + 1) / n};
  }

  // Scratch: panels, of each thread or of all; the sums that all share; each thread's own memory.
  struct Layout {
    Division division;
    std::int64_t tiles, blocks, out_blocks, channel_blocks, vnni_pairs, private_floats;
    std::int64_t panels_bytes, accumulators_bytes, thread_bytes, threads_at;

    Layout(int threads, const ConvolutionJob& job, const Blocking& blocking) : division(blocking.division) {
      tiles = job.clips * Input::grid(job).count.volume();
      blocks = ceil_div(tiles, std::max<std::int64_t>(blocking.tiles, 1));
      if (private_tiles()) blocks = std::min(round_up(blocks, threads), tiles);
      out_blocks = ceil_div(job.out_channels, kOut);
      const std::int64_t rows = Input::rows(job, kLine).rows();
      vnni_pairs = ceil_div(rows, kPerPair<E>);
      channel_blocks = ceil_div(rows, kLine);
      private_floats = round_up(Input::private_floats(job), 16);
      const std::int64_t most = ceil_div(tiles, std::max<std::int64_t>(blocks, 1));
      panels_bytes =
          round_up(panels(nullptr, most).point_stride * Input::kPoints * std::int64_t{sizeof(E)}, 64);
      accumulators_bytes = accumulators_stride(most) * Input::kPoints * 4;
      thread_bytes = private_floats * 4 + (division == Division::transform_points ? 0 : accumulators_bytes);
      threads_at = panels_bytes * (private_tiles() ? threads : 1) +
                   (division == Division::transform_points ? accumulators_bytes : 0);
    }
    bool private_tiles() const { return division == Division::private_tiles; }
    std::int64_t own_at(int thread) const { return threads_at + thread_bytes * thread; }
    Panels<E> panels(E* data, std::int64_t count) const {
      const std::int64_t stride = point_stride(channel_blocks * count * kLine, sizeof(E));
      const bool streamed = division == Division::transform_points &&
                            stride * Input::kPoints * std::int64_t{sizeof(E)} > kStreamed;
      return {data, stride, count * kLine, kLine, streamed};
    }
    // Floats from one point's sums to the next's, of all output channels where all share them.
    std::int64_t accumulators_stride(std::int64_t count) const {
      return point_stride(count * kOut * (division == Division::transform_points ? out_blocks : 1), 4);
    }
  };

  // The work of one thread.
  struct Thread {
    const ConvolutionJob& job;
    const Layout& layout;
    int team;
    typename WorkShares<V>::StealingRange work;
    float *gathered, *accumulators;

    void run_private_tiles(E* panels) {
      work.run(layout.blocks, [&](std::int64_t block) {
        const Range tiles = part(layout.tiles, block, layout.blocks);
        const Panels<E> to = layout.panels(panels, tiles.count());
        Input::run(job, tiles.first, tiles.last, 0, to, gathered);
        for (std::int64_t out = 0; out < layout.out_blocks; ++out) {
          make_channels(to, out, tiles.first, {0, tiles.count()});
        }
      });
    }

    void run_output_channels(E* panels) {
      for (std::int64_t block = 0; block < layout.blocks; ++block) {
        const Range tiles = part(layout.tiles, block, layout.blocks);
        const Panels<E> to = layout.panels(panels, tiles.count());
        transform_shared(tiles, to);
#pragma omp barrier
        share_channels(tiles.count(), [&](std::int64_t out, const Range& piece) {
          make_channels(to, out, tiles.first, piece);
        });
#pragma omp barrier
      }
    }

    void run_transform_points(E* panels) {
      for (std::int64_t block = 0; block < layout.blocks; ++block) {
        const Range tiles = part(layout.tiles, block, layout.blocks);
        const std::int64_t count = tiles.count(), stride = layout.accumulators_stride(count);
        const Panels<E> to = layout.panels(panels, count);
        transform_shared(tiles, to);
        V::stream_fence();
#pragma omp barrier
        work.run(Input::kPoints, [&](std::int64_t point) {
          for (std::int64_t out = 0; out < layout.out_blocks; ++out) {
            multiply(to, point, out, {0, count}, accumulators + point * stride + out * count * kOut);
          }
        });
#pragma omp barrier  // which the next block's transforms need not wait for: they read no sums
        share_channels(count, [&](std::int64_t out, const Range& piece) {
          Output::run(job, tiles.first + piece.first, tiles.first + piece.last, out,
                      {accumulators + (out * count + piece.first) * kOut, stride});
        });
      }
    }

   private:
    void transform_shared(const Range& tiles, const Panels<E>& to) {
      const std::int64_t parts = std::min(tiles.count(), std::int64_t{4} * team);
      work.run(parts, [&](std::int64_t item) {
        const Range mine = part(tiles.count(), item, parts);
        Input::run(job, tiles.first + mine.first, tiles.first + mine.last, mine.first, to, gathered);
      });
    }

    // body(block of output channels, tiles): in pieces of tiles where there are few blocks for so many
    // threads.
    template <typename Body>
    void share_channels(std::int64_t tiles, const Body& body) {
      const std::int64_t pieces = ceil_div(std::int64_t{2} * team, layout.out_blocks);
      work.run(layout.out_blocks * pieces,
               [&](std::int64_t item) { body(item / pieces, part(tiles, item % pieces, pieces)); });
    }

    // All points of some of a block's tiles and one block of output channels, to the output.
    void make_channels(const Panels<E>& panels, std::int64_t out, std::int64_t first_tile,
                       const Range& tiles) {
      const std::int64_t stride = layout.accumulators_stride(tiles.count());
      for (std::int64_t point = 0; point < Input::kPoints; ++point) {
        multiply(panels, point, out, tiles, accumulators + point * stride);
      }
      Output::run(job, first_tile + tiles.first, first_tile + tiles.last, out, {accumulators, stride});
    }

    // One point. A last block of one vector leaves registers for twice as many tiles.
    void multiply(const Panels<E>& panels, std::int64_t point, std::int64_t out, const Range& tiles,
                  float* to) {
      if (job.out_channels - out * kOut > V::kWidth) {
        multiply<2>(panels, point, out, tiles, to);
      } else {
        multiply<1>(panels, point, out, tiles, to);
      }
    }

    // The next operands are fetched meanwhile: another point's inputs, or these again.
    template <int Columns>
    void multiply(const Panels<E>& panels, std::int64_t point, std::int64_t out, const Range& tiles,
                  float* to) {
      const std::int64_t count = tiles.count(), calls = ceil_div(count, kBlockRows<V, Columns>);
      const bool by_transform_points = layout.division == Division::transform_points;
      const std::int64_t panel = filter_panel<V, E>(layout.vnni_pairs),
                         panel_bytes = panel * std::int64_t{sizeof(E)};
      const E* const all = static_cast<const E*>(job.filters);
      const E* filters = all + (out * Input::kPoints + point) * panel;
      // By transform points, the next block of channels at this point, while there is one; else the next
      // point.
      const bool same_point = by_transform_points && out + 1 < layout.out_blocks;
      const std::int64_t next_panel = same_point
                                          ? (out + 1) * Input::kPoints + point
                                          : (by_transform_points ? 0 : out * Input::kPoints) + point + 1;
      const char* next = reinterpret_cast<const char*>(all + next_panel * panel);
      const E* inputs = panels.data + point * panels.point_stride + tiles.first * kLine;
      // Divisions are felt beside calls of few channels, most of which are the only one.
      const auto of_call = [calls](std::int64_t n) { return calls == 1 ? n : n / calls; };
      for (std::int64_t call = 0; call < calls; ++call) {
        const Range rows{of_call(count * call), of_call(count * (call + 1))};
        const E* a = inputs + rows.first * kLine;
        const Prefetch prefetch{
            .b = next + of_call(panel_bytes * call),
            .b_half = of_call(panel_bytes / 2),
            .b_stride = of_call(64),
            .a = reinterpret_cast<const char*>(
                a + (by_transform_points ? rows.count() * kLine : panels.point_stride)),
            .a_channel_block_stride = panels.channel_block_stride * std::int64_t{sizeof(E)},
            .far = layout.vnni_pairs >= 256};
        gemm_micro_kernel_of<V, E, Columns>(rows.count())(
            a, panels.channel_block_stride, filters, layout.vnni_pairs, to + rows.first * kOut, prefetch);
      }
    }
  };
};

}  // namespace c3d::cpu
