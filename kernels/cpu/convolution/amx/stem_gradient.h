// The filters' gradient of a convolution of a few channels, 3 x 3 x 3 and stride 1, over AMX's tiles: as in
// paired_input.h a position holds its three taps of depth, and a line of 32 numbers those of three
// neighbouring positions, so that one step sums the gradients of nine taps.
//
// Some rows of outputs at a time: their panels are made in the second cache and used at once. The work is cut
// into parts that do not depend on the number of threads, each with sums of its own, which are added up in
// the end.
#pragma once

#include <omp.h>

#include "kernels/cpu/convolution/amx/accumulator_tiles.h"
#include "kernels/cpu/convolution/amx/channel_blocks.h"
#include "kernels/cpu/convolution/amx/paired_input.h"
#include "kernels/cpu/memory/work_shares.h"

namespace c3d::cpu {

template <typename V>
class AmxStemGradient {
  static constexpr std::int64_t kChannels = 32, kAccumulators = kChannels * kChannels, kRun = 32;
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
      typename WorkShares<V>::StealingRange work(shares, thread, team);
      std::byte* const own = scratch + layout.parts * layout.part_bytes() + thread * layout.thread_bytes();
      V::configure(V::kTilePairs);
      work.run(layout.parts, [&](std::int64_t part) {
        float* accumulators = reinterpret_cast<float*>(scratch + part * layout.part_bytes());
        const std::int64_t first = layout.items() * part / layout.parts;
        for (std::int64_t item = first; item < layout.items() * (part + 1) / layout.parts; ++item) {
          add_item(job, layout, item, own, accumulators, item > first);
        }
      });
      V::release();
#pragma omp barrier
      work.run(layout.blocks * layout.stem.steps(), [&](std::int64_t panel) {
        float* accumulators = reinterpret_cast<float*>(scratch) + panel * kAccumulators;
        for (std::int64_t part = 1; part < layout.parts; ++part) {
          const float* more = accumulators + part * layout.part_bytes() / 4;
          for (std::int64_t i = 0; i < kAccumulators; i += V::kWidth) {
            V::store(V::load(accumulators + i) + V::load(more + i), accumulators + i);
          }
        }
        write(job, layout, panel, accumulators);
      });
    }
  }

 private:
  struct Layout {
    HaloLayout<V> halo;  // of one clip
    StemLayout<V> stem;
    std::int64_t pitch;         // of lines: even, so that pairs that begin at even positions serve most steps
    std::int64_t rows, pieces;  // of outputs at once; of a plane
    std::int64_t blocks, planes, parts, positions, pairs;

    explicit Layout(const ConvolutionJob& job)
        : halo(PairedInput<V>::halo_job(job), 1), stem(job.valid_channels), pitch(round_up(halo.w.pitch, 2)) {
      const std::int64_t most = std::max<std::int64_t>(kPositions / pitch, 1);
      pieces = ceil_div(job.out.h, most);
      rows = ceil_div(job.out.h, pieces);
      blocks = ceil_div(job.out_channels, kChannels);
      planes = job.clips * job.out.d;
      parts = std::min(kParts, items());
      positions = round_up(rows * pitch, kRun);
      pairs = round_up(positions + 2 * pitch + 3, kRun) / 2;
    }
    std::int64_t items() const { return planes * pieces; }
    std::int64_t offset(std::int64_t step) const {
      const std::int64_t tap = step * stem.taps;
      return tap / 3 * pitch + tap % 3;
    }
    // Steps read pairs that begin at even or at odd positions.
    std::int64_t parities() const { return stem.taps == 3 ? 1 : 2; }
    std::int64_t part_bytes() const { return blocks * stem.steps() * kAccumulators * 4; }
    std::int64_t line_bytes() const { return round_up((2 * pairs + kChannels) * stem.width * 2, 64); }
    std::int64_t input_bytes() const { return parities() * pairs * kPairBytes; }
    std::int64_t thread_bytes() const { return line_bytes() + input_bytes() + positions * kChannels * 2; }
  };

  // Some rows of a plane of outputs.
  static void add_item(const FilterGradientJob& job, const Layout& layout, std::int64_t item, std::byte* own,
                       float* accumulators, bool add) {
    const std::int64_t plane = item / layout.pieces, piece = item % layout.pieces;
    const std::int64_t first = job.forward.out.h * piece / layout.pieces,
                       last = job.forward.out.h * (piece + 1) / layout.pieces;
    std::byte* inputs = own + layout.line_bytes();
    std::byte* gradients = inputs + layout.input_bytes();
    fill_inputs(job.forward, layout, plane, first, last, reinterpret_cast<BFloat16*>(own), inputs);
    for (std::int64_t block = 0; block < layout.blocks; ++block) {
      fill_gradients(job, layout, plane, first, last, block, gradients);
      for (std::int64_t step = 0; step < layout.stem.steps(); ++step, accumulators += kAccumulators) {
        const std::int64_t offset = layout.offset(step);
        const std::byte* right = inputs + (offset % 2 * layout.pairs + offset / 2) * kPairBytes;
        multiply(gradients, right, layout.positions / kRun, accumulators, add);
      }
    }
  }

  static void fill_inputs(const ConvolutionJob& job, const Layout& layout, std::int64_t plane,
                          std::int64_t first, std::int64_t last, BFloat16* lines, std::byte* to) {
    const PairedInput<V> input(job, layout.halo);
    const std::int64_t width = layout.stem.width, line_size = layout.pitch * width;
    // Beside the halo-padded layout's lines and after them: numbers that only zeros are multiplied by.
    std::memset(static_cast<void*>(lines), 0, static_cast<std::size_t>(layout.line_bytes()));
    for (std::int64_t line = first; line < last + 2; ++line) {
      input.fill_line(plane / job.out.d, plane % job.out.d, line, lines + (line - first) * line_size);
    }
    for (std::int64_t parity = 0; parity < layout.parities(); ++parity, to += layout.pairs * kPairBytes) {
      SequentialBlocks<V> from{lines + parity * width, width, layout.stem.taps * width};
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
      DenseBlocks<V> lines;
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
    PooledBlocks<V> lines;
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
  static void multiply(const std::byte* left, const std::byte* right, std::int64_t runs, float* accumulators,
                       bool add) {
    constexpr std::int64_t kBytes = kRun / 2 * kPairBytes;  // of a run, left and right
    AccumulatorTiles<V>::begin(accumulators, add);
    for (std::int64_t run = 0; run < runs; ++run, left += kBytes, right += kBytes) {
      AccumulatorTiles<V>::add(left, left + kBytes / 2, 64, right, right + 64, kPairBytes);
    }
    AccumulatorTiles<V>::end(accumulators);
  }

  // The gradients of a block's filters at one step's taps.
  static void write(const FilterGradientJob& job, const Layout& layout, std::int64_t panel,
                    const float* accumulators) {
    const ConvolutionJob& conv = job.forward;
    const StemLayout<V>& stem = layout.stem;
    const std::int64_t step = panel % stem.steps(), block = panel / stem.steps();
    for (std::int64_t out = 0; out < std::min(kChannels, conv.out_channels - block * kChannels); ++out) {
      const float* from = accumulators + out * kChannels;
      float* filter = job.dfilter + (block * kChannels + out) * 27 * conv.in_channels;
      for (std::int64_t i = 0; i < 3 * stem.taps; ++i) {
        const std::int64_t tap = i / stem.taps * 9 + step * stem.taps + i % stem.taps;
        const float* numbers = from + i % stem.taps * stem.width + i / stem.taps * stem.valid_channels;
        for (std::int64_t c = 0; c < conv.in_channels; ++c) {
          filter[tap * conv.in_channels + c] = c < stem.valid_channels ? numbers[c] : 0.0f;
        }
      }
    }
  }
};

}  // namespace c3d::cpu
