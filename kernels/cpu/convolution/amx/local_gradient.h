// The filters' gradient over AMX's tiles where all its sums lie in a core's second cache, beside some rows of
// inputs and gradients: of few channels, stride 1. A pair of planes of some rows of a clip is laid out there
// and used at once; memory sees inputs and gradients as they are, once.
//
// Panels are of 16 channels, so that few channels leave no tile half empty. A pass goes over all positions of
// a panel with one left tile (16 outputs) and up to six right ones (inputs of some taps): seven loads from
// the caches for six products.
//
// The work is cut into parts that do not depend on the number of threads, each with sums of its own, which
// are added up in the end.
#pragma once

#include <omp.h>

#include <utility>

#include "kernels/cpu/convolution/amx/local_inputs.h"
#include "kernels/cpu/memory/work_shares.h"

namespace c3d::cpu {

// Inputs: ChannelInputs or StemInputs.
template <typename V, typename Inputs>
class AmxLocalGradient {
  static constexpr std::int64_t kSide = 16, kTile = kSide * kSide;  // floats, or pairs of bf16
  static constexpr int kPass = 6;                                   // right tiles of a pass
  static constexpr std::int64_t kPositions = 1024;                  // of outputs of a plane at once, about
  // Parts: a core's worth each, on many cores; fewer where adding up their sums would take long.
  static constexpr std::int64_t kMinParts = 16, kMaxParts = 64, kPartsBytes = std::int64_t{8} << 20;

 public:
  static std::int64_t scratch_bytes(int threads, const FilterGradientJob& job, const Blocking& /*blocking*/) {
    const Layout layout(job);
    return layout.parts * sum_bytes(job.forward) + threads * layout.thread_bytes();
  }

  // scratch: aligned to 64 bytes, scratch_bytes() of it.
  static void run(int threads, const FilterGradientJob& job, const Blocking& /*blocking*/,
                  std::byte* scratch) {
    const Layout layout(job);
    const std::int64_t part_bytes = sum_bytes(job.forward);
    WorkShares<V> shares;
#pragma omp parallel num_threads(threads)
    {
      const int thread = omp_get_thread_num();
      typename WorkShares<V>::StealingRange work(shares, thread, omp_get_num_threads());
      std::byte* const own = scratch + layout.parts * part_bytes + thread * layout.thread_bytes();
      V::configure(V::kTilePairs);
      work.run(layout.parts, [&](std::int64_t part) {
        Item item{.job = job,
                  .layout = layout,
                  .own = own,
                  .sums = reinterpret_cast<float*>(scratch + part * part_bytes)};
        std::memset(item.sums, 0, static_cast<std::size_t>(part_bytes));
        for (std::int64_t i = layout.items() * part / layout.parts;
             i < layout.items() * (part + 1) / layout.parts; ++i) {
          item.add(i);
        }
      });
      V::release();
#pragma omp barrier
      work.run(tiles(job.forward), [&](std::int64_t tile) {
        write(job, layout, tile, reinterpret_cast<float*>(scratch) + tile * kTile);
      });
    }
  }

 private:
  static std::int64_t out_blocks(const ConvolutionJob& job) { return ceil_div(job.out_channels, kSide); }
  // Of sums: [block of outputs][tap of depth][unit].
  static std::int64_t tiles(const ConvolutionJob& job) {
    return out_blocks(job) * job.kernel.d * Inputs::units(job);
  }
  static std::int64_t sum_bytes(const ConvolutionJob& job) { return tiles(job) * kTile * 4; }

  struct Layout {
    const ConvolutionJob& job;
    std::int64_t half;          // of a plane's pair: the other is so many planes further
    std::int64_t rows, pieces;  // of outputs at once; of a plane
    std::int64_t cuts;          // of a clip along depth
    std::int64_t parts;
    std::int64_t outputs;  // positions of a panel of gradients
    Inputs inputs;

    explicit Layout(const FilterGradientJob& gradient)
        : job(gradient.forward),
          half(std::max<std::int64_t>(ceil_div(job.out.d, 2), 1)),
          rows(rows_at_once(gradient)),
          pieces(ceil_div(job.out.h, rows)),
          cuts(std::clamp<std::int64_t>(ceil_div(kMinParts, std::max<std::int64_t>(job.clips * pieces, 1)), 1,
                                        half)),
          parts(std::min(std::clamp(kPartsBytes / sum_bytes(job), kMinParts, kMaxParts), items())),
          outputs(round_up((rows - 1) * pitch() + job.out.w, kSide)),
          inputs(job, rows, outputs) {}

    std::int64_t items() const { return job.clips * pieces * cuts; }
    std::int64_t pitch() const {
      return HaloAxis<V>(job.in.w, job.out.w, job.kernel.w, 1, job.pad.w, false).pitch;
    }
    std::int64_t lines_bytes() const { return 2 * outputs * kSide * 4; }
    std::int64_t gradient_bytes() const { return out_blocks(job) * outputs * kSide * 4; }
    std::int64_t line_bytes() const { return round_up(inputs.line_bytes(), 64); }
    std::int64_t thread_bytes() const {
      return job.kernel.d * inputs.panel_bytes() + lines_bytes() + gradient_bytes() + line_bytes();
    }

   private:
    // Whole windows of a pooled gradient.
    static std::int64_t rows_at_once(const FilterGradientJob& gradient) {
      const ConvolutionJob& job = gradient.forward;
      const std::int64_t step = gradient.pooled.dy == nullptr ? 1 : 2;
      const std::int64_t positions = job.out.h * (job.out.w + job.kernel.w / 2);
      const std::int64_t pieces = std::max<std::int64_t>(ceil_div(positions, kPositions), 1);
      return std::max(round_up(ceil_div(job.out.h, pieces), step), step);
    }
  };

  // Some rows of a clip, of some of its pairs of planes.
  struct Item {
    const FilterGradientJob& job;
    const Layout& layout;
    std::byte* own;
    float* sums;

    void add(std::int64_t index) const {
      const std::int64_t cut = index % layout.cuts, piece = index / layout.cuts % layout.pieces,
                         clip = index / layout.cuts / layout.pieces;
      const ConvolutionJob& conv = job.forward;
      const std::int64_t row = piece * layout.rows, rows = std::min(layout.rows, conv.out.h - row);
      const std::int64_t first = layout.half * cut / layout.cuts,
                         last = layout.half * (cut + 1) / layout.cuts;
      // A pair of gradients meets kernel.d pairs of inputs, all but one of which the last one met too.
      std::int64_t filled = first;
      for (std::int64_t pair = first; pair < last; ++pair) {
        for (; filled < pair + conv.kernel.d; ++filled) {
          if (!has_data(filled)) continue;
          layout.inputs.fill(clip, filled - conv.pad.d, filled - conv.pad.d + layout.half, row, panel(filled),
                             line());
        }
        for (std::int64_t block = 0; block < out_blocks(conv); block += 2) {
          fill_gradients(clip, pair, row, rows, block);
        }
        for (std::int64_t tap = 0; tap < conv.kernel.d; ++tap) {
          if (has_data(pair + tap)) multiply(pair + tap, tap);
        }
      }
    }

   private:
    // Panels of inputs lie in a ring.
    float* panel(std::int64_t pair) const {
      return reinterpret_cast<float*>(own + pair % job.forward.kernel.d * layout.inputs.panel_bytes());
    }
    float* lines() const {
      return reinterpret_cast<float*>(own + job.forward.kernel.d * layout.inputs.panel_bytes());
    }
    float* gradients(std::int64_t block) const {
      return lines() + layout.lines_bytes() / 4 + block * layout.outputs * kSide;
    }
    BFloat16* line() const { return reinterpret_cast<BFloat16*>(gradients(out_blocks(job.forward))); }
    // Whether a pair of inputs holds more than padding.
    bool has_data(std::int64_t pair) const {
      const std::int64_t plane = pair - job.forward.pad.d;
      return (plane >= 0 && plane < job.forward.in.d) ||
             (plane + layout.half >= 0 && plane + layout.half < job.forward.in.d);
    }

    // Of the one or two blocks of 16 outputs from `block` on.
    void fill_gradients(std::int64_t clip, std::int64_t pair, std::int64_t row, std::int64_t rows,
                        std::int64_t block) const {
      const ConvolutionJob& conv = job.forward;
      const std::int64_t channel = block * kSide, channels = std::min(2 * kSide, conv.out_channels - channel);
      const std::int64_t size = layout.outputs * kSide, blocks = ceil_div(channels, kSide);
      for (std::int64_t h = 0; h < rows; ++h) {
        const std::int64_t at = h * layout.pitch(), end = at + conv.out.w;
        fill_line(clip, pair, row + h, channel, channels, lines() + at * kSide);
        const std::int64_t next = h + 1 < rows ? at + layout.pitch() : layout.outputs;
        for (std::int64_t i = 0; i < blocks; ++i) {
          LinePairs<V>::clear(lines() + i * size + end * kSide, next - end);
        }
      }
      const float* from = lines();
      float* to = gradients(block);
      for (std::int64_t tile = 0; tile < blocks * layout.outputs / kSide; ++tile) {
        typename V::Float pairs[kSide];
        for (auto& line : pairs) {
          line = V::load(from);
          from += kSide;
        }
        V::transpose(pairs);
        for (const auto& channel_line : pairs) {
          V::store(channel_line, to);
          to += kSide;
        }
      }
    }
    void fill_line(std::int64_t clip, std::int64_t pair, std::int64_t h, std::int64_t channel,
                   std::int64_t channels, float* to) const {
      const ConvolutionJob& conv = job.forward;
      const std::int64_t second = pair + layout.half, size = layout.outputs * kSide;
      if (job.pooled.dy == nullptr) {
        const PlaneRows<V> dy{static_cast<const BFloat16*>(job.dy) + channel, conv.out, conv.out_channels};
        LinePairs<V>::fill(dy.at(clip, pair, second, h), conv.out_channels, channels, conv.out.w, size, to);
        return;
      }
      using Rows = PooledRowPairs<V>;
      const auto low = Rows::row(job.pooled, conv.out_channels, clip, pair, h),
                 high = Rows::row(job.pooled, conv.out_channels, clip, second, h);
      const std::int64_t windows = job.pooled.extent.w;
      for (; channels > 0; channel += kSide, channels -= kSide, to += size) {
        Rows::fill(low, high, windows, conv.out_channels, channel, std::min(kSide, channels), to);
        LinePairs<V>::clear(to + 2 * windows * kSide, conv.out.w - 2 * windows);
      }
    }

    // Adds what a tap of depth sees: the pair of inputs.
    void multiply(std::int64_t pair, std::int64_t tap) const {
      const auto* right = reinterpret_cast<const std::byte*>(panel(pair));
      const std::int64_t units = Inputs::units(job.forward);
      for (std::int64_t block = 0; block < out_blocks(job.forward); ++block) {
        const auto* left = reinterpret_cast<const std::byte*>(gradients(block));
        float* to = sums + (block * job.forward.kernel.d + tap) * units * kTile;
        std::int64_t unit = 0;
        for (; unit + kPass <= units; unit += kPass) pass<kPass>(left, right, unit, to + unit * kTile);
        switch (units - unit) {
          case 1:
            pass<1>(left, right, unit, to + unit * kTile);
            break;
          case 2:
            pass<2>(left, right, unit, to + unit * kTile);
            break;
          case 3:
            pass<3>(left, right, unit, to + unit * kTile);
            break;
          case 4:
            pass<4>(left, right, unit, to + unit * kTile);
            break;
          case 5:
            pass<5>(left, right, unit, to + unit * kTile);
            break;
          default:
            break;
        }
      }
    }
    // Of the units from `unit` on.
    template <int Units>
    void pass(const std::byte* left, const std::byte* right, std::int64_t unit, float* to) const {
      constexpr auto kUnits = std::make_integer_sequence<int, Units>();
      const std::byte* rights[Units];
      for (int i = 0; i < Units; ++i) rights[i] = right + layout.inputs.offset(unit + i);
      add_runs(left, rights, to, kUnits);
    }
    template <int... Unit>
    void add_runs(const std::byte* left, const std::byte* const (&rights)[sizeof...(Unit)], float* to,
                  std::integer_sequence<int, Unit...> /*units*/) const {
      (V::template load_tile<Unit>(to + Unit * kTile, 64), ...);
      for (std::int64_t at = 0; at < layout.outputs * kSide * 4; at += V::kTileBytes) {
        V::template load_tile<6>(left + at, 64);
        (multiply_by<Unit>(rights[Unit] + at), ...);
      }
      (V::template store_tile<Unit>(to + Unit * kTile, 64), ...);
    }
    template <int Unit>
    [[gnu::always_inline]] static void multiply_by(const std::byte* right) {
      V::template load_tile<7>(right, 64);
      V::template multiply_tiles<Unit, 6, 7>();
    }
  };

  // sums: of one tile, of the first part.
  static void write(const FilterGradientJob& job, const Layout& layout, std::int64_t tile, float* sums) {
    const ConvolutionJob& conv = job.forward;
    const std::int64_t units = Inputs::units(conv), unit = tile % units, depth = tile / units % conv.kernel.d,
                       block = tile / units / conv.kernel.d;
    for (std::int64_t i = 0; i < kTile; i += V::kWidth) {
      typename V::Float sum = V::zero();
      for (std::int64_t part = 0; part < layout.parts; ++part) {
        sum += V::load(sums + part * sum_bytes(conv) / 4 + i);
      }
      V::store(sum, sums + i);
    }
    for (std::int64_t out = 0; out < std::min(kSide, conv.out_channels - block * kSide); ++out) {
      layout.inputs.write(depth, unit, sums + out * kSide,
                          job.dfilter + (block * kSide + out) * conv.kernel.volume() * conv.in_channels);
    }
  }
};

}  // namespace c3d::cpu
