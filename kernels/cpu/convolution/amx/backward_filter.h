// The filters' gradient over AMX's tiles: for each tap the sum over all positions of inputs * gradients. The
// sums of 32 input by 32 output channels stay in four tiles for as many positions as the first cache holds
// of both, then go to memory. One thread makes a sum, in the order of the positions: neither depends on the
// number of threads.
#pragma once

#include <omp.h>

#include "kernels/cpu/convolution/amx/accumulator_tiles.h"
#include "kernels/cpu/convolution/amx/gradient_panels.h"
#include "kernels/cpu/memory/work_shares.h"

namespace c3d::cpu {

// Panels: GradientPanels or DepthGradientPanels.
template <typename V, typename Panels>
class AmxBackwardFilter {
  static constexpr std::int64_t kChannels = 32, kAccumulators = kChannels * kChannels;
  static constexpr std::int64_t kPositions = 96;                       // of pairs, that a sum takes at once
  static constexpr std::int64_t kGroupBytes = std::int64_t{32} << 20;  // of panels at once

 public:
  static std::int64_t scratch_bytes(int threads, const FilterGradientJob& job, const Blocking& /*blocking*/) {
    const HaloLayout<V> halo(Panels::halo_job(job.forward), group(job));
    const Panels panels(job, halo);
    const std::int64_t items = panels.channel_blocks() * panels.blocks();
    return panels.input_bytes() + panels.gradient_bytes() +
           (at_once(job) ? threads : items) * item_bytes(halo) + threads * panels.thread_bytes();
  }

  // scratch: aligned to 64 bytes, scratch_bytes() of it.
  static void run(int threads, const FilterGradientJob& job, const Blocking& /*blocking*/,
                  std::byte* scratch) {
    const std::int64_t clips_at_once = group(job), all_clips = job.forward.clips;
    const HaloLayout<V> halo(Panels::halo_job(job.forward), clips_at_once);
    const Panels panels(job, halo);
    const std::int64_t items = panels.channel_blocks() * panels.blocks(), taps = taps_of(halo);
    std::byte* const gradients = scratch + panels.input_bytes();
    std::byte* const accumulators = gradients + panels.gradient_bytes();
    const bool accumulators_of_thread = at_once(job);
    std::byte* const threads_own =
        accumulators + (accumulators_of_thread ? threads : items) * item_bytes(halo);
    WorkShares<V> shares;
#pragma omp parallel num_threads(threads)
    {
      const int thread = omp_get_thread_num(), team = omp_get_num_threads();
      typename WorkShares<V>::StealingRange work(shares, thread, team);
      std::byte* const own = threads_own + thread * panels.thread_bytes();
      V::configure(V::kTilePairs);
      for (std::int64_t clip = 0; clip < all_clips; clip += clips_at_once) {
        const std::int64_t clips = std::min(clips_at_once, all_clips - clip);
        work.run(panels.input_items(),
                 [&](std::int64_t i) { panels.fill_inputs(clip, clips, i, scratch, own); });
        work.run(panels.gradient_items(),
                 [&](std::int64_t i) { panels.fill_gradients(clip, clips, i, gradients, own); });
#pragma omp barrier
        const bool last = clip + clips == all_clips;
        // Pairs of channel blocks; some of their taps each, where there are few.
        const std::int64_t splits = items < std::int64_t{4} * team ? panels.parts() : 1;
        work.run(items * splits, [&](std::int64_t i) {
          const std::int64_t item = i / splits, part = i % splits;
          const Range some{taps * part / splits, taps * (part + 1) / splits};
          const Multiplication multiplication{
              .job = job,
              .halo = halo,
              .panels = panels,
              .item = item,
              .inputs = scratch,
              .gradients = gradients,
              .accumulators = accumulators + (accumulators_of_thread ? thread : item) * item_bytes(halo)};
          multiplication.run(some, panels.pairs(clips), clip > 0);
          if (last) multiplication.write(some);
        });
#pragma omp barrier
      }
      V::release();
    }
  }

 private:
  struct Range {
    std::int64_t first, last;
  };

  // Clips at once.
  static std::int64_t group(const FilterGradientJob& job) {
    const HaloLayout<V> halo(Panels::halo_job(job.forward), 1);
    const Panels panels(job, halo);
    const std::int64_t bytes = panels.input_bytes() + panels.gradient_bytes();
    return std::clamp<std::int64_t>(kGroupBytes / bytes, 1, std::max<std::int64_t>(job.forward.clips, 1));
  }
  static bool at_once(const FilterGradientJob& job) { return group(job) >= job.forward.clips; }
  // Of a point.
  static std::int64_t taps_of(const HaloLayout<V>& halo) {
    return halo.d.kernel * halo.h.kernel * halo.w.kernel;
  }
  // An item's sums, [point][tap][32 outputs][32 inputs].
  static std::int64_t item_bytes(const HaloLayout<V>& halo) {
    return Panels::kPoints * taps_of(halo) * kAccumulators * 4;
  }

  // 32 input and 32 output channels.
  struct Multiplication {
    const FilterGradientJob& job;
    const HaloLayout<V>& halo;
    const Panels& panels;
    std::int64_t item;
    const std::byte *inputs, *gradients;
    std::byte* accumulators;

    std::int64_t channel_block() const { return item / panels.blocks(); }
    std::int64_t block() const { return item % panels.blocks(); }
    float* of(std::int64_t point, std::int64_t tap) const {
      return reinterpret_cast<float*>(accumulators) + (point * taps_of(halo) + tap) * kAccumulators;
    }

    // Adds all positions of `pairs` pairs of planes, or begins with them, for some taps.
    void run(const Range& taps, std::int64_t pairs, bool add) const {
      for (std::int64_t point = 0; point < Panels::kPoints; ++point) run_point(point, taps, pairs, add);
    }
    void run_point(std::int64_t point, const Range& taps, std::int64_t pairs, bool add) const {
      const std::int64_t at_a_time = std::max<std::int64_t>(kPositions / panels.positions(), 1);
      const std::int64_t pieces = ceil_div(panels.positions(), kPositions + kPositions / 2);
      const std::int64_t runs = panels.positions() / Panels::kRun;
      // All planes for some positions: then a plane of inputs is in the second cache for all taps of
      // depth.
      for (std::int64_t piece = 0; piece < pieces; ++piece) {
        const Range positions{runs * piece / pieces, runs * (piece + 1) / pieces};
        for (std::int64_t pair = 0; pair < pairs; pair += at_a_time) {
          const Range some{pair, std::min(pair + at_a_time, pairs)};
          for (std::int64_t tap = taps.first; tap < taps.last; ++tap) {
            add_tap(point, tap, some, positions, add || pair > 0 || piece > 0);
          }
        }
      }
    }

    // positions: in runs.
    void add_tap(std::int64_t point, std::int64_t tap, const Range& pairs, const Range& positions,
                 bool add) const {
      const auto d = halo.d.tap(tap / (halo.h.kernel * halo.w.kernel), 0),
                 h = halo.h.tap(tap / halo.w.kernel % halo.h.kernel, 0),
                 w = halo.w.tap(tap % halo.w.kernel, 0);
      const std::int64_t phase = (d.phase * halo.h.in_phases + h.phase) * halo.w.in_phases + w.phase;
      const std::int64_t volume = point * halo.phases() + phase;
      const std::int64_t first = positions.first * Panels::kRun;
      const std::int64_t position = halo.at(0, h.offset, w.offset) + first;
      // The next tap's sums are fetched meanwhile.
      const auto* next = reinterpret_cast<const std::byte*>(of(point, tap + 1));
      AccumulatorTiles<V>::begin(of(point, tap), add);
      for (std::int64_t pair = pairs.first; pair < pairs.last; ++pair) {
        const std::int64_t from = panels.input_pair(pair, d.offset);
        if (!panels.has_data(phase, from)) continue;
        add_outer_product(
            gradients + panels.gradients(point, pair, block()) + first * Panels::kPairBytes,
            inputs + panels.inputs(volume, from, channel_block()) + position * Panels::kPairBytes,
            positions.last - positions.first, add ? next : nullptr);
        next = nullptr;
      }
      AccumulatorTiles<V>::end(of(point, tap));
    }

    // The gradients of some taps.
    void write(const Range& taps) const {
      const std::int64_t first = block() * kChannels,
                         outs = std::min(kChannels, job.forward.out_channels - first);
      for (std::int64_t out = 0; out < outs; ++out) {
        for (std::int64_t tap = taps.first; tap < taps.last; ++tap) {
          const float* from = of(0, tap) + out * kChannels;
          if constexpr (Panels::kPoints == 1) {
            write_row(first + out, tap, from);
          } else {
            alignas(64) float gradients_of_depth[3][kChannels];
            Panels::to_gradients(from, taps_of(halo) * kAccumulators, gradients_of_depth);
            for (std::int64_t depth = 0; depth < 3; ++depth) {
              write_row(first + out, depth * taps_of(halo) + tap, gradients_of_depth[depth]);
            }
          }
        }
      }
    }
    // Of one output and tap. The last channel block is followed by the channels that are not valid: zeros.
    void write_row(std::int64_t out, std::int64_t tap, const float* from) const {
      const ConvolutionJob& conv = job.forward;
      const std::int64_t in = channel_block() * kChannels;
      const std::int64_t valid_channels = std::clamp<std::int64_t>(conv.valid_channels - in, 0, kChannels);
      const std::int64_t padding_channels =
          in + valid_channels == conv.valid_channels ? conv.in_channels - conv.valid_channels : 0;
      float* to = job.dfilter + (out * conv.kernel.volume() + tap) * conv.in_channels + in;
      std::memcpy(to, from, static_cast<std::size_t>(valid_channels * 4));
      std::memset(to + valid_channels, 0, static_cast<std::size_t>(padding_channels * 4));
    }
  };

  // next: what is fetched meanwhile, an item's sums, or null.
  static void add_outer_product(const std::byte* left, const std::byte* right, std::int64_t runs,
                                const std::byte* next) {
    constexpr std::int64_t kBytes = Panels::kRun * Panels::kPairBytes;  // of a run, left and right
    const std::int64_t bytes = ceil_div(kAccumulators * 4 / 64, std::max<std::int64_t>(runs, 1)) * 64;
    for (std::int64_t run = 0; run < runs; ++run, left += kBytes, right += kBytes) {
      AccumulatorTiles<V>::add(left, left + kBytes / 2, 64, right, right + 64, Panels::kPairBytes);
      if (next == nullptr) continue;
      for (std::int64_t i = 0; i < bytes; i += 64) V::prefetch(next + run * bytes + i);
    }
  }
};

}  // namespace c3d::cpu
