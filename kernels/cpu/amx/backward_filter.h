// The filters' gradient over AMX's tiles: for each tap the sum over all positions of inputs * gradients. The
// sums of 32 input by 32 output channels stay in four tiles for as many positions as the second cache holds
// of both, then go to memory. One thread makes a sum, in the order of the positions: neither depends on the
// number of threads.
#pragma once

#include <omp.h>

#include "kernels/cpu/amx/gradient_panels.h"

namespace c3d::cpu {

template <typename V>
class AmxBackwardFilter {
  static constexpr std::int64_t kChannels = 32, kSums = kChannels * kChannels;
  static constexpr std::int64_t kPositions = 384;                      // that a sum takes at once
  static constexpr std::int64_t kGroupBytes = std::int64_t{32} << 20;  // of panels at once
  using Panels = GradientPanels<V>;

 public:
  static std::int64_t scratch_bytes(int /*threads*/, const FilterGradientJob& job,
                                    const Blocking& /*blocking*/) {
    const Grid<V> grid(job.forward, group(job));
    const Panels panels(job, grid);
    return panels.input_bytes() + panels.gradient_bytes() + sums_bytes(job, panels);
  }

  // scratch: aligned to 64 bytes, scratch_bytes() of it.
  static void run(int threads, const FilterGradientJob& job, const Blocking& /*blocking*/,
                  std::byte* scratch) {
    const std::int64_t at_once = group(job);
    const Grid<V> grid(job.forward, at_once);
    const Panels panels(job, grid);
    std::byte* gradients = scratch + panels.input_bytes();
    float* sums = reinterpret_cast<float*>(gradients + panels.gradient_bytes());
#pragma omp parallel num_threads(threads)
    {
      V::configure(V::kTilePairs);
      for (std::int64_t clip = 0; clip < job.forward.clips; clip += at_once) {
        const std::int64_t clips = std::min(at_once, job.forward.clips - clip);
#pragma omp for schedule(static) nowait
        for (std::int64_t i = 0; i < panels.input_units(); ++i) panels.fill_inputs(clip, clips, i, scratch);
#pragma omp for schedule(static)
        for (std::int64_t i = 0; i < panels.gradient_units(); ++i)
          panels.fill_gradients(clip, clips, i, gradients);
        // Pairs of channel groups; the taps of one plane each, where there are few.
        const std::int64_t items = panels.chunks() * panels.blocks(), kernel_d = job.forward.kernel.d;
        const std::int64_t splits = items < threads ? kernel_d : 1;
#pragma omp for schedule(static)
        for (std::int64_t i = 0; i < items * splits; ++i) {
          const std::int64_t first = splits > 1 ? i % splits : 0, last = splits > 1 ? first + 1 : kernel_d;
          for (std::int64_t planes = 0; planes < clips * grid.d.outputs; planes += at_a_time(panels)) {
            multiply(job.forward, grid, panels, i / splits, {first, last},
                     {planes, std::min(planes + at_a_time(panels), clips * grid.d.outputs)}, scratch,
                     gradients, sums, clip + planes > 0);
          }
        }
      }
      V::release();
#pragma omp for schedule(static)
      for (std::int64_t i = 0; i < panels.blocks() * job.forward.kernel.volume(); ++i)
        write(job, panels, i, sums);
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
  static std::int64_t sums_bytes(const FilterGradientJob& job, const Panels& panels) {
    return panels.chunks() * panels.blocks() * job.forward.kernel.volume() * kSums * 4;
  }
  // Planes that a sum takes at once.
  static std::int64_t at_a_time(const Panels& panels) {
    return std::max<std::int64_t>(kPositions / panels.positions(), 1);
  }

  // Adds the positions of some planes to an item's sums of some planes of taps.
  static void multiply(const ConvolutionJob& job, const Grid<V>& grid, const Panels& panels,
                       std::int64_t item, const Range& depths, const Range& planes, const std::byte* inputs,
                       const std::byte* gradients, float* sums, bool add) {
    const std::int64_t chunk = item / panels.blocks(), block = item % panels.blocks(),
                       row = panels.row_bytes();
    const Extent3& kernel = job.kernel;
    const std::int64_t pieces = ceil_div(panels.positions(), kPositions + kPositions / 2);
    for (std::int64_t piece = 0; piece < pieces; ++piece) {
      const std::int64_t runs = panels.positions() / Panels::kRun;
      const std::int64_t first = runs * piece / pieces, last = runs * (piece + 1) / pieces;
      for (std::int64_t tap = depths.first * kernel.h * kernel.w; tap < depths.last * kernel.h * kernel.w;
           ++tap) {
        const auto d = grid.d.tap(tap / (kernel.h * kernel.w), 0),
                   h = grid.h.tap(tap / kernel.w % kernel.h, 0), w = grid.w.tap(tap % kernel.w, 0);
        const std::int64_t phase = (d.phase * grid.h.in_phases + h.phase) * grid.w.in_phases + w.phase;
        const std::int64_t position = grid.at(0, h.offset, w.offset) + first * Panels::kRun;
        float* to = sums + (item * kernel.volume() + tap) * kSums;
        begin(to, add || piece > 0);
        for (std::int64_t plane = planes.first; plane < planes.last; ++plane) {
          const std::int64_t from = plane / grid.d.outputs * grid.d.pitch + plane % grid.d.outputs + d.offset;
          add_products(panels.gradients(gradients, plane, block) + first * Panels::kRun * 2, row,
                       panels.inputs(inputs, phase, from, chunk, position), last - first);
        }
        end(to);
      }
    }
  }

  static constexpr std::int64_t kStep = Panels::kRun / 2 * Panels::kPairBytes;  // of a run's inputs
  static void add_products(const std::byte* left, std::int64_t row, const std::byte* right,
                           std::int64_t runs) {
    for (std::int64_t run = 0; run < runs; ++run, left += Panels::kRun * 2, right += kStep) {
      V::template load_tile<4>(left, row);
      V::template load_tile<6>(right, kChannels * 4);
      V::template load_tile<5>(left + 16 * row, row);
      V::template load_tile<7>(right + 64, kChannels * 4);
      V::template multiply_tiles<0, 4, 6>();
      V::template multiply_tiles<1, 4, 7>();
      V::template multiply_tiles<2, 5, 6>();
      V::template multiply_tiles<3, 5, 7>();
    }
  }
  static void begin(const float* sums, bool add) {
    if (add) {
      V::template load_tile<0>(sums, kChannels * 4);
      V::template load_tile<1>(sums + 16, kChannels * 4);
      V::template load_tile<2>(sums + 16 * kChannels, kChannels * 4);
      V::template load_tile<3>(sums + 16 * kChannels + 16, kChannels * 4);
    } else {
      V::template zero_tile<0>();
      V::template zero_tile<1>();
      V::template zero_tile<2>();
      V::template zero_tile<3>();
    }
  }
  static void end(float* sums) {
    V::template store_tile<0>(sums, kChannels * 4);
    V::template store_tile<1>(sums + 16, kChannels * 4);
    V::template store_tile<2>(sums + 16 * kChannels, kChannels * 4);
    V::template store_tile<3>(sums + 16 * kChannels + 16, kChannels * 4);
  }

  // One tap's gradients of 32 filters, from sums [item][tap][32 outputs][32 inputs].
  static void write(const FilterGradientJob& job, const Panels& panels, std::int64_t unit,
                    const float* sums) {
    const ConvolutionJob& conv = job.forward;
    const std::int64_t taps = conv.kernel.volume(), block = unit / taps, tap = unit % taps;
    const std::int64_t first = block * kChannels, last = std::min(first + kChannels, conv.out_channels);
    for (std::int64_t out = first; out < last; ++out) {
      float* to = job.dfilter + (out * taps + tap) * conv.in_channels;
      for (std::int64_t in = 0; in < conv.in_channels; in += kChannels) {
        const std::int64_t item = in / kChannels * panels.blocks() + block;
        const float* from = sums + ((item * taps + tap) * kChannels + out - first) * kChannels;
        const std::int64_t used = std::clamp<std::int64_t>(conv.used - in, 0, kChannels);
        const std::int64_t count = std::min(kChannels, conv.in_channels - in);
        std::memcpy(to + in, from, static_cast<std::size_t>(used * 4));
        std::memset(to + in + used, 0, static_cast<std::size_t>((count - used) * 4));
      }
    }
  }
};

}  // namespace c3d::cpu
