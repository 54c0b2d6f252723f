// The filters' gradient of a convolution of a few channels, 3 x 3 x 3 and stride 1, over AMX's tiles: as in
// paired_input.h a position holds its three taps of depth, and a line of 32 numbers those of three
// neighbouring positions, so that one step sums the gradients of nine taps.
//
// Some rows of outputs at a time: their panels are made in the second cache and used at once. The work is cut
// into parts that do not depend on the number of threads, each with sums of its own, which are added up in
// the end.
#pragma once

#include <omp.h>

#include "kernels/cpu/convolution/amx/channel_lines.h"
#include "kernels/cpu/convolution/amx/paired_input.h"
#include "kernels/cpu/convolution/amx/sum_tiles.h"
#include "kernels/cpu/memory/work_shares.h"

namespace c3d::cpu {

template <typename V>
class AmxNarrowGradient {
  static constexpr std::int64_t kChannels = 32, kSums = kChannels * kChannels, kRun = 32;
  static constexpr std::int64_t kPositions = 512;  // of outputs at once, about
  static constexpr std::int64_t kParts = 64;       // with sums of their own, at most
  static constexpr std::int64_t kPairBytes = kChannels * 4;

 public:
  static std::int64_t scratch_bytes(int threads, const FilterGradientJob& job, const Blocking& /*blocking*/) {
    const Layout layout(job.forward);
    return layout.parts * layout.part_bytes() + threads * layout.thread_bytes();
  }

  // scratch: aligned to 64 bytes, scratch_bytes() of it.
  static void run(int threads, const FilterGradientJob& job, const Blocking& /*blocking*/,
                  std::byte* scratch) {
    const Layout layout(job.forward);
    WorkShares<V> shares;
#pragma omp parallel num_threads(threads)
    {
      const int thread = omp_get_thread_num(), team = omp_get_num_threads();
      typename WorkShares<V>::Member work(shares, thread, team);
      std::byte* const own = scratch + layout.parts * layout.part_bytes() + thread * layout.thread_bytes();
      V::configure(V::kTilePairs);
      work.run(layout.parts, [&](std::int64_t part) {
        float* sums = reinterpret_cast<float*>(scratch + part * layout.part_bytes());
        const std::int64_t first = layout.units() * part / layout.parts;
        for (std::int64_t unit = first; unit < layout.units() * (part + 1) / layout.parts; ++unit) {
          add_unit(job, layout, unit, own, sums, unit > first);
        }
      });
      V::release();
#pragma omp barrier
      work.run(layout.blocks * layout.narrow.steps(), [&](std::int64_t panel) {
        float* sums = reinterpret_cast<float*>(scratch) + panel * kSums;
        for (std::int64_t part = 1; part < layout.parts; ++part) {
          const float* more = sums + part * layout.part_bytes() / 4;
          for (std::int64_t i = 0; i < kSums; i += V::kWidth) {
            V::store(V::load(sums + i) + V::load(more + i), sums + i);
          }
        }
        write(job, layout, panel, sums);
      });
    }
  }

 private:
  struct Layout {
    Grid<V> grid;  // of one clip
    NarrowLayout<V> narrow;
    std::int64_t pitch;         // of lines: even, so that pairs that begin at even positions serve most steps
    std::int64_t rows, pieces;  // of outputs at once; of a plane
    std::int64_t blocks, planes, parts, positions, pairs;

    explicit Layout(const ConvolutionJob& job)
        : grid(PairedInput<V>::grid_job(job), 1), narrow(job.used), pitch(round_up(grid.w.pitch, 2)) {
      const std::int64_t most = std::max<std::int64_t>(kPositions / pitch, 1);
      pieces = ceil_div(job.out.h, most);
      rows = ceil_div(job.out.h, pieces);
      blocks = ceil_div(job.out_channels, kChannels);
      planes = job.clips * job.out.d;
      parts = std::min(kParts, units());
      positions = round_up(rows * pitch, kRun);
      pairs = round_up(positions + 2 * pitch + 3, kRun) / 2;
    }
    std::int64_t units() const { return planes * pieces; }
    std::int64_t offset(std::int64_t step) const {
      const std::int64_t tap = step * narrow.taps;
      return tap / 3 * pitch + tap % 3;
    }
    // Steps read pairs that begin at even or at odd positions.
    std::int64_t parities() const { return narrow.taps == 3 ? 1 : 2; }
    std::int64_t part_bytes() const { return blocks * narrow.steps() * kSums * 4; }
    std::int64_t line_bytes() const { return round_up((2 * pairs + kChannels) * narrow.width * 2, 64); }
    std::int64_t input_bytes() const { return parities() * pairs * kPairBytes; }
    std::int64_t thread_bytes() const { return line_bytes() + input_bytes() + positions * kChannels * 2; }
  };

  // Some rows of a plane of outputs.
  static void add_unit(const FilterGradientJob& job, const Layout& layout, std::int64_t unit, std::byte* own,
                       float* sums, bool add) {
    const std::int64_t plane = unit / layout.pieces, piece = unit % layout.pieces;
    const std::int64_t first = job.forward.out.h * piece / layout.pieces,
                       last = job.forward.out.h * (piece + 1) / layout.pieces;
    std::byte* inputs = own + layout.line_bytes();
    std::byte* gradients = inputs + layout.input_bytes();
    fill_inputs(job.forward, layout, plane, first, last, reinterpret_cast<BFloat16*>(own), inputs);
    for (std::int64_t block = 0; block < layout.blocks; ++block) {
      fill_gradients(job, layout, plane, first, last, block, gradients);
      for (std::int64_t step = 0; step < layout.narrow.steps(); ++step, sums += kSums) {
        const std::int64_t offset = layout.offset(step);
        const std::byte* right = inputs + (offset % 2 * layout.pairs + offset / 2) * kPairBytes;
        multiply(gradients, right, layout.positions / kRun, sums, add);
      }
    }
  }

  static void fill_inputs(const ConvolutionJob& job, const Layout& layout, std::int64_t plane,
                          std::int64_t first, std::int64_t last, BFloat16* lines, std::byte* to) {
    const PairedInput<V> input(job, layout.grid);
    const std::int64_t width = layout.narrow.width, line_size = layout.pitch * width;
    // Beside the grid's lines and after them: numbers that only zeros are multiplied by.
    std::memset(static_cast<void*>(lines), 0, static_cast<std::size_t>(layout.line_bytes()));
    for (std::int64_t line = first; line < last + 2; ++line) {
      input.fill_line(plane / job.out.d, plane % job.out.d, line, lines + (line - first) * line_size);
    }
    for (std::int64_t parity = 0; parity < layout.parities(); ++parity, to += layout.pairs * kPairBytes) {
      SequentialLines<V> from{lines + parity * width, width, layout.narrow.taps * width};
      store_pairs<V>(from, layout.pairs, reinterpret_cast<float*>(to));
    }
  }

  static void fill_gradients(const FilterGradientJob& job, const Layout& layout, std::int64_t plane,
                             std::int64_t first, std::int64_t last, std::int64_t block, std::byte* to) {
    const ConvolutionJob& conv = job.forward;
    const std::int64_t channel = block * kChannels,
                       channels = std::min(kChannels, conv.out_channels - channel);
    const PooledGradient& pooled = job.pooled;
    if (pooled.dy == nullptr) {
      DenseLines<V> lines;
      lines.row = conv.out.w * conv.out_channels;
      lines.column = conv.out_channels;
      lines.from = static_cast<const BFloat16*>(job.dy) + (plane * conv.out.h + first) * lines.row + channel;
      lines.rows = last - first;
      lines.columns = conv.out.w;
      lines.pitch = layout.pitch;
      lines.channels = channels;
      store_transposed<V>(lines, layout.positions, reinterpret_cast<float*>(to));
      return;
    }
    const std::int64_t clip = plane / conv.out.d, depth = plane % conv.out.d,
                       window = depth / pooled.window.d;
    PooledLines<V> lines;
    lines.row = pooled.extent.w * conv.out_channels;
    lines.column = conv.out_channels;
    const std::int64_t at = (clip * pooled.extent.d + window) * pooled.extent.h * lines.row + channel;
    lines.dy = static_cast<const BFloat16*>(pooled.dy) + at;
    lines.y = static_cast<const BFloat16*>(pooled.y) + at;
    lines.argmax = pooled.argmax + at;
    lines.h = first;
    lines.last = last;
    lines.rows = window < pooled.extent.d ? pooled.extent.h : 0;
    lines.columns = pooled.extent.w;
    lines.first_tap = depth % pooled.window.d * 4;
    lines.pitch = layout.pitch;
    lines.channels = channels;
    store_transposed<V>(lines, layout.positions, reinterpret_cast<float*>(to));
  }

  // sums [32 outputs][32 numbers] = or += left [run][32 outputs][32 positions] * right [pairs][32 numbers].
  static void multiply(const std::byte* left, const std::byte* right, std::int64_t runs, float* sums,
                       bool add) {
    constexpr std::int64_t kBytes = kRun / 2 * kPairBytes;  // of a run, left and right
    SumTiles<V>::begin(sums, add);
    for (std::int64_t run = 0; run < runs; ++run, left += kBytes, right += kBytes) {
      SumTiles<V>::add(left, left + kBytes / 2, 64, right, right + 64, kPairBytes);
    }
    SumTiles<V>::end(sums);
  }

  // The gradients of a block's filters at one step's taps.
  static void write(const FilterGradientJob& job, const Layout& layout, std::int64_t panel,
                    const float* sums) {
    const ConvolutionJob& conv = job.forward;
    const NarrowLayout<V>& narrow = layout.narrow;
    const std::int64_t step = panel % narrow.steps(), block = panel / narrow.steps();
    for (std::int64_t out = 0; out < std::min(kChannels, conv.out_channels - block * kChannels); ++out) {
      const float* from = sums + out * kChannels;
      float* filter = job.dfilter + (block * kChannels + out) * 27 * conv.in_channels;
      for (std::int64_t i = 0; i < 3 * narrow.taps; ++i) {
        const std::int64_t tap = i / narrow.taps * 9 + step * narrow.taps + i % narrow.taps;
        const float* numbers = from + i % narrow.taps * narrow.width + i / narrow.taps * narrow.used;
        for (std::int64_t c = 0; c < conv.in_channels; ++c) {
          filter[tap * conv.in_channels + c] = c < narrow.used ? numbers[c] : 0.0f;
        }
      }
    }
  }
};

}  // namespace c3d::cpu
