// What the filters' gradient multiplies: sums over positions, so that positions are what a row of a left tile
// holds, and the pairs of a right one.
//   gradients  [plane][block][32 channels][positions]                                 zero beside the outputs
//   inputs     [plane of every phase][chunk][parity][pairs of positions][32 channels][2]
// A tap is an offset of positions of the inputs. Pairs that begin at even positions serve even offsets, those
// that begin at odd ones the others: so all rows are whole cache lines.
#pragma once

#include "engine/core/bfloat16.h"
#include "kernels/cpu/amx/grid.h"

namespace c3d::cpu {

template <typename V>
class GradientPanels {
  using Float = typename V::Float;
  using Bits = typename V::Bits;

 public:
  static constexpr std::int64_t kChannels = 32, kRun = 32, kPairBytes = kChannels * 4;

  GradientPanels(const FilterGradientJob& job, const Grid<V>& grid)
      : job_(job),
        grid_(grid),
        chunks_(ceil_div(job.forward.used, kChannels)),
        blocks_(ceil_div(job.forward.out_channels, kChannels)) {
    // Of inputs, with those after the last clip's that are read as its padding.
    planes_ = std::max(grid.planes(), (grid.clips - 1) * grid.d.pitch + grid.d.outputs +
                                          grid.d.tap(grid.d.kernel - 1, 0).offset);
    const std::int64_t last = grid.at(0, grid.h.outputs - 1, grid.w.outputs - 1);
    positions_ = round_up(last + 1, kRun);
    const std::int64_t farthest =
        grid.at(0, grid.h.tap(grid.h.kernel - 1, 0).offset, grid.w.tap(grid.w.kernel - 1, 0).offset);
    pairs_ = round_up(positions_ + farthest + 1, kRun) / 2;
    // An odd number of cache lines: rows lie in different sets of the caches.
    row_bytes_ = (positions_ / kRun | 1) * kRun * 2;
  }

  std::int64_t chunks() const { return chunks_; }
  std::int64_t blocks() const { return blocks_; }
  std::int64_t positions() const { return positions_; }  // of a plane of gradients
  std::int64_t row_bytes() const { return row_bytes_; }  // from a channel's gradients to the next's
  std::int64_t input_bytes() const { return input_units() * 2 * pairs_ * kPairBytes; }
  std::int64_t gradient_bytes() const { return gradient_units() * kChannels * row_bytes_; }
  // The pairs from a position on.
  const std::byte* inputs(const std::byte* all, std::int64_t phase, std::int64_t plane, std::int64_t chunk,
                          std::int64_t position) const {
    const std::int64_t unit = (phase * planes_ + plane) * chunks_ + chunk;
    return all + ((unit * 2 + position % 2) * pairs_ + position / 2) * kPairBytes;
  }
  const std::byte* gradients(const std::byte* all, std::int64_t plane, std::int64_t block) const {
    return all + (plane * blocks_ + block) * kChannels * row_bytes_;
  }

  // Units of work, of the clips from `clip` on.
  std::int64_t input_units() const { return grid_.phases() * planes_ * chunks_; }
  std::int64_t gradient_units() const { return grid_.clips * grid_.d.outputs * blocks_; }

  void fill_inputs(std::int64_t clip, std::int64_t clips, std::int64_t unit, std::byte* all) const {
    const ConvolutionJob& job = job_.forward;
    const std::int64_t chunk = unit % chunks_, plane = unit / chunks_ % planes_,
                       phase = unit / chunks_ / planes_;
    const std::int64_t rw = phase % grid_.w.in_phases, rh = phase / grid_.w.in_phases % grid_.h.in_phases,
                       rd = phase / (grid_.w.in_phases * grid_.h.in_phases);
    const std::int64_t depth = plane % grid_.d.pitch - grid_.d.before, in_group = plane / grid_.d.pitch;
    Lines lines;
    const bool exists = in_group < clips && depth >= 0 && depth < grid_.d.count(rd);
    const std::int64_t first =
        ((clip + in_group) * job.in.d + depth * grid_.d.in_phases + rd) * job.in.h + rh;
    lines.from =
        static_cast<const BFloat16*>(job.x) + (first * job.in.w + rw) * job.in_channels + chunk * kChannels;
    lines.row = grid_.h.in_phases * job.in.w * job.in_channels;
    lines.column = grid_.w.in_phases * job.in_channels;
    lines.rows = exists ? grid_.h.count(rh) : 0;
    lines.columns = grid_.w.count(rw);
    lines.h = -grid_.h.before;
    lines.w = lines.w_first = -grid_.w.before;
    lines.pitch = grid_.w.pitch;
    lines.channels = std::min(kChannels, job.used - chunk * kChannels);
    for (std::int64_t parity = 0; parity < 2; ++parity) {
      Lines from = lines;
      if (parity == 1) from.line();
      float* to = reinterpret_cast<float*>(all + (unit * 2 + parity) * pairs_ * kPairBytes);
      for (std::int64_t at = 0; at < pairs_; at += 16) {
        Float words[2][16];
        from.next(words);
        for (std::int64_t i = 0; i < 16; ++i, to += kChannels) {
          V::store(words[0][i], to);
          V::store(words[1][i], to + 16);
        }
      }
    }
  }

  void fill_gradients(std::int64_t clip, std::int64_t clips, std::int64_t unit, std::byte* all) const {
    const ConvolutionJob& job = job_.forward;
    const std::int64_t block = unit % blocks_, plane = unit / blocks_;
    Lines lines;
    lines.from = static_cast<const BFloat16*>(job_.dy) +
                 (clip * job.out.d + plane) * job.out.h * job.out.w * job.out_channels + block * kChannels;
    lines.row = job.out.w * job.out_channels;
    lines.column = job.out_channels;
    lines.rows = plane < clips * job.out.d ? job.out.h : 0;
    lines.columns = job.out.w;
    lines.pitch = grid_.w.pitch;
    lines.channels = std::min(kChannels, job.out_channels - block * kChannels);
    std::byte* to = all + unit * kChannels * row_bytes_;
    for (std::int64_t at = 0; at < positions_; at += kRun) {
      Float words[2][16];
      lines.next(words);
      for (std::int64_t half = 0; half < 2; ++half) {
        V::transpose(words[half]);
        for (std::int64_t i = 0; i < 16; ++i) {
          V::store(words[half][i], reinterpret_cast<float*>(to + (half * 16 + i) * row_bytes_ + at * 2));
        }
      }
    }
  }

 private:
  // Walks along positions: the channels of each, zeros beside the data.
  struct Lines {
    const BFloat16* from = nullptr;      // of row 0, column 0
    std::int64_t row = 0, column = 0;    // from one to the next
    std::int64_t rows = 0, columns = 0;  // of data
    std::int64_t h = 0, w = 0, w_first = 0, pitch = 0;
    std::int64_t channels = 0;

    // words [half][pair] [channel]: the next 32 positions.
    [[gnu::always_inline]] void next(Float (&words)[2][16]) {
      for (int pair = 0; pair < 16; ++pair) {
        const typename V::Line first = line(), second = line();
        V::pair_lines(first, second, words[0][pair], words[1][pair]);
      }
    }

    // The next position.
    [[gnu::always_inline]] typename V::Line line() {
      const bool inside = h >= 0 && h < rows && w >= 0 && w < columns;
      const auto value = inside ? V::load_line(from + h * row + w * column, channels) : typename V::Line{};
      if (++w == w_end()) {
        w -= pitch;
        ++h;
      }
      return value;
    }

   private:
    std::int64_t w_end() const { return pitch + w_first; }
  };

  const FilterGradientJob& job_;
  const Grid<V>& grid_;
  std::int64_t chunks_, blocks_, planes_, positions_, pairs_, row_bytes_;
};

}  // namespace c3d::cpu
