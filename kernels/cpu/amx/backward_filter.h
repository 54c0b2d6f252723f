// The filters' gradient over AMX's tiles: for each tap the sum over all positions of inputs * gradients. The
// sums of 32 input by 32 output channels stay in four tiles for as many positions as the first cache holds
// of both, then go to memory. One thread makes a sum, in the order of the positions: neither depends on the
// number of threads.
#pragma once

#include <omp.h>

#include "kernels/cpu/amx/gradient_panels.h"
#include "kernels/cpu/amx/sum_tiles.h"
#include "kernels/cpu/work_shares.h"

namespace c3d::cpu {

template <typename V>
class AmxBackwardFilter {
  static constexpr std::int64_t kChannels = 32, kSums = kChannels * kChannels;
  static constexpr std::int64_t kPositions = 192;                      // that a sum takes at once
  static constexpr std::int64_t kGroupBytes = std::int64_t{32} << 20;  // of panels at once
  using Panels = GradientPanels<V>;

 public:
  static std::int64_t scratch_bytes(int threads, const FilterGradientJob& job, const Blocking& /*blocking*/) {
    const Grid<V> grid(job.forward, group(job));
    const Panels panels(job, grid);
    const std::int64_t items = panels.chunks() * panels.blocks();
    return panels.input_bytes() + panels.gradient_bytes() +
           (at_once(job) ? threads : items) * item_bytes(job);
  }

  // scratch: aligned to 64 bytes, scratch_bytes() of it.
  static void run(int threads, const FilterGradientJob& job, const Blocking& /*blocking*/,
                  std::byte* scratch) {
    const std::int64_t clips_at_once = group(job), all_clips = job.forward.clips;
    const Grid<V> grid(job.forward, clips_at_once);
    const Panels panels(job, grid);
    std::byte* const gradients = scratch + panels.input_bytes();
    std::byte* const sums = gradients + panels.gradient_bytes();
    WorkShares<V> shares;
#pragma omp parallel num_threads(threads)
    {
      const int thread = omp_get_thread_num(), team = omp_get_num_threads();
      typename WorkShares<V>::Member work(shares, thread, team);
      V::configure(V::kTilePairs);
      for (std::int64_t clip = 0; clip < all_clips; clip += clips_at_once) {
        const std::int64_t clips = std::min(clips_at_once, all_clips - clip);
        work.run(panels.input_units(), [&](std::int64_t i) { panels.fill_inputs(clip, clips, i, scratch); });
        work.run(panels.gradient_units(),
                 [&](std::int64_t i) { panels.fill_gradients(clip, clips, i, gradients); });
#pragma omp barrier
        const bool last = clip + clips == all_clips;
        // Pairs of channel groups; the taps of one plane each, where there are few.
        const std::int64_t items = panels.chunks() * panels.blocks(), kernel_d = job.forward.kernel.d;
        const std::int64_t splits = items < std::int64_t{4} * team ? kernel_d : 1;
        work.run(items * splits, [&](std::int64_t i) {
          const std::int64_t item = i / splits;
          const Range depths = splits > 1 ? Range{i % splits, i % splits + 1} : Range{0, kernel_d};
          const Multiplication part{.job = job,
                                    .grid = grid,
                                    .panels = panels,
                                    .item = item,
                                    .inputs = scratch,
                                    .gradients = gradients,
                                    .sums = sums + (at_once(job) ? thread : item) * item_bytes(job)};
          part.run(depths, clips * grid.d.outputs, clip > 0);
          if (last) part.write(depths);
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
    const Grid<V> grid(job.forward, 1);
    const Panels panels(job, grid);
    const std::int64_t bytes = panels.input_bytes() + panels.gradient_bytes();
    return std::clamp<std::int64_t>(kGroupBytes / bytes, 1, std::max<std::int64_t>(job.forward.clips, 1));
  }
  static bool at_once(const FilterGradientJob& job) { return group(job) >= job.forward.clips; }
  // An item's sums, [tap][32 outputs][32 inputs].
  static std::int64_t item_bytes(const FilterGradientJob& job) {
    return job.forward.kernel.volume() * kSums * 4;
  }

  // 32 input and 32 output channels.
  struct Multiplication {
    const FilterGradientJob& job;
    const Grid<V>& grid;
    const Panels& panels;
    std::int64_t item;
    const std::byte *inputs, *gradients;
    std::byte* sums;

    std::int64_t chunk() const { return item / panels.blocks(); }
    std::int64_t block() const { return item % panels.blocks(); }
    std::int64_t plane_taps() const { return job.forward.kernel.h * job.forward.kernel.w; }
    float* of_tap(std::int64_t tap) const { return reinterpret_cast<float*>(sums) + tap * kSums; }

    // Adds all positions of `planes` planes, or begins with them, for some planes of taps.
    void run(const Range& depths, std::int64_t planes, bool add) const {
      const std::int64_t at_a_time = std::max<std::int64_t>(kPositions / panels.positions(), 1);
      const std::int64_t pieces = ceil_div(panels.positions(), kPositions + kPositions / 2);
      const std::int64_t runs = panels.positions() / Panels::kRun;
      // All planes for some positions, so that a plane of inputs is in the second cache for all taps of
      // depth.
      for (std::int64_t piece = 0; piece < pieces; ++piece) {
        const Range positions{runs * piece / pieces, runs * (piece + 1) / pieces};
        for (std::int64_t plane = 0; plane < planes; plane += at_a_time) {
          const Range some{plane, std::min(plane + at_a_time, planes)};
          for (std::int64_t tap = depths.first * plane_taps(); tap < depths.last * plane_taps(); ++tap) {
            add_tap(tap, some, positions, add || plane > 0 || piece > 0);
          }
        }
      }
    }

    // positions: in runs.
    void add_tap(std::int64_t tap, const Range& planes, const Range& positions, bool add) const {
      const auto d = grid.d.tap(tap / plane_taps(), 0),
                 h = grid.h.tap(tap / grid.w.kernel % grid.h.kernel, 0),
                 w = grid.w.tap(tap % grid.w.kernel, 0);
      const std::int64_t phase = (d.phase * grid.h.in_phases + h.phase) * grid.w.in_phases + w.phase;
      const std::int64_t position = grid.at(0, h.offset, w.offset) + positions.first * Panels::kRun;
      // The next tap's sums are fetched meanwhile.
      const auto* next = reinterpret_cast<const std::byte*>(of_tap(tap + 1));
      SumTiles<V>::begin(of_tap(tap), add);
      for (std::int64_t plane = planes.first; plane < planes.last; ++plane) {
        const std::int64_t from = plane / grid.d.outputs * grid.d.pitch + plane % grid.d.outputs + d.offset;
        if (!panels.has_data(phase, from)) continue;
        add_products(panels.gradients(gradients, plane, block()) + positions.first * Panels::kRun * 2,
                     panels.row_bytes(), panels.inputs(inputs, phase, from, chunk(), position),
                     positions.last - positions.first, add ? next : nullptr);
        next = nullptr;
      }
      SumTiles<V>::end(of_tap(tap));
    }

    // The gradients of the taps of some planes.
    void write(const Range& depths) const {
      const ConvolutionJob& conv = job.forward;
      const std::int64_t in = chunk() * kChannels, first = block() * kChannels;
      const std::int64_t last = std::min(first + kChannels, conv.out_channels);
      const std::int64_t used = std::clamp<std::int64_t>(conv.used - in, 0, kChannels);
      // The channels that are not used follow the last chunk's.
      const std::int64_t unused = in + used == conv.used ? conv.in_channels - conv.used : 0;
      for (std::int64_t out = first; out < last; ++out) {
        for (std::int64_t tap = depths.first * plane_taps(); tap < depths.last * plane_taps(); ++tap) {
          float* to = job.dfilter + (out * conv.kernel.volume() + tap) * conv.in_channels + in;
          std::memcpy(to, of_tap(tap) + (out - first) * kChannels, static_cast<std::size_t>(used * 4));
          std::memset(to + used, 0, static_cast<std::size_t>(unused * 4));
        }
      }
    }
  };

  static constexpr std::int64_t kStep = Panels::kRun / 2 * Panels::kPairBytes;  // of a run's inputs
  // next: what is fetched meanwhile, an item's sums, or null.
  static void add_products(const std::byte* left, std::int64_t row, const std::byte* right, std::int64_t runs,
                           const std::byte* next) {
    const std::int64_t bytes = ceil_div(kSums * 4 / 64, std::max<std::int64_t>(runs, 1)) * 64;
    for (std::int64_t run = 0; run < runs; ++run, left += Panels::kRun * 2, right += kStep) {
      SumTiles<V>::add(left, left + 16 * row, row, right, right + 64, kChannels * 4);
      if (next == nullptr) continue;
      for (std::int64_t i = 0; i < bytes; i += 64) V::prefetch(next + run * bytes + i);
    }
  }
};

}  // namespace c3d::cpu
