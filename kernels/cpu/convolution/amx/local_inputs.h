// The inputs of the filters' gradient of a few channels (local_gradient.h): panels of some rows of a pair of
// planes, in which a tap is an offset.
#pragma once

#include "kernels/cpu/convolution/amx/plane_pairs.h"

namespace c3d::cpu {

// What both kinds of panels have.
template <typename V>
struct LocalPanel {
  HaloAxis<V> columns;     // as the halo-padded layout has them
  std::int64_t rows;       // of outputs
  std::int64_t positions;  // of a panel's block, with what the last run of outputs reads in vain

  LocalPanel(const ConvolutionJob& job, std::int64_t rows_at_once, std::int64_t outputs)
      : columns(job.in.w, job.out.w, job.kernel.w, 1, job.pad.w, false),
        rows(rows_at_once),
        positions(std::max(outputs + (job.kernel.h - 1) * columns.pitch + job.kernel.w,
                           (rows + job.kernel.h - 1) * columns.pitch)) {}
};

// Sixteen channels of an input are the columns of a right tile, and each tap of a plane has tiles of its own.
template <typename V>
class ChannelInputs : LocalPanel<V> {
  using Lines = LinePairs<V>;
  using LocalPanel<V>::columns, LocalPanel<V>::positions, LocalPanel<V>::rows;

 public:
  ChannelInputs(const ConvolutionJob& job, std::int64_t rows_at_once, std::int64_t outputs)
      : LocalPanel<V>(job, rows_at_once, outputs), job_(job) {}

  static std::int64_t blocks(const ConvolutionJob& job) {
    return ceil_div(job.valid_channels, Lines::kChannels);
  }
  // Right tiles of one tap of depth.
  static std::int64_t units(const ConvolutionJob& job) { return job.kernel.h * job.kernel.w * blocks(job); }

  std::int64_t panel_bytes() const { return blocks(job_) * positions * Lines::kLine * 4; }
  static std::int64_t line_bytes() { return 0; }
  // Of a right tile in the panel, in bytes.
  std::int64_t offset(std::int64_t unit) const {
    const std::int64_t block = unit % blocks(job_), tap = unit / blocks(job_);
    const std::int64_t position = tap / job_.kernel.w * columns.pitch + tap % job_.kernel.w;
    return (block * positions + position) * Lines::kLine * 4;
  }

  // What the outputs of rows from `row` on see of the two planes.
  void fill(std::int64_t clip, std::int64_t depth, std::int64_t second_depth, std::int64_t row, float* to,
            BFloat16* /*line*/) const {
    const PlaneRows<V> from{job_.x, job_.in, job_.in_channels};
    const std::int64_t block = positions * Lines::kLine, lines = rows + job_.kernel.h - 1;
    const std::int64_t after = columns.pitch - columns.before - columns.data;
    for (std::int64_t line = 0; line < lines; ++line) {
      float* at = to + line * columns.pitch * Lines::kLine;
      Lines::fill(from.at(clip, depth, second_depth, row - job_.pad.h + line), job_.in_channels,
                  job_.valid_channels, columns.data, block, at + columns.before * Lines::kLine);
      for (std::int64_t i = 0; i < blocks(job_); ++i, at += block) {
        Lines::clear(at, columns.before);
        Lines::clear(at + (columns.before + columns.data) * Lines::kLine, after);
      }
    }
    const std::int64_t written = lines * columns.pitch;
    for (std::int64_t i = 0; i < blocks(job_); ++i) {
      Lines::clear(to + i * block + written * Lines::kLine, positions - written);
    }
  }

  // The gradients of one output: of a unit of a tap of depth, from its 16 sums.
  void write(std::int64_t depth, std::int64_t unit, const float* sums, float* dfilter) const {
    const std::int64_t block = unit % blocks(job_), tap = unit / blocks(job_);
    const std::int64_t first = block * Lines::kChannels;
    float* to = dfilter + (depth * job_.kernel.h * job_.kernel.w + tap) * job_.in_channels + first;
    const std::int64_t count = std::min(Lines::kChannels, job_.valid_channels - first);
    std::memcpy(to, sums, static_cast<std::size_t>(count * 4));
    // The last block is followed by the channels that are not valid.
    if (first + count == job_.valid_channels) {
      std::memset(to + count, 0, static_cast<std::size_t>((job_.in_channels - job_.valid_channels) * 4));
    }
  }

 private:
  const ConvolutionJob& job_;
};

// Of at most four channels, such as colours: the columns of a right tile are the channels of three
// neighbouring positions, the taps of w.
template <typename V>
class StemInputs : LocalPanel<V> {
  using Lines = LinePairs<V>;
  using LocalPanel<V>::columns, LocalPanel<V>::positions, LocalPanel<V>::rows;
  static constexpr std::int64_t kMaxStep = 8;  // elements: four positions are in a vector of 32

 public:
  StemInputs(const ConvolutionJob& job, std::int64_t rows_at_once, std::int64_t outputs)
      : LocalPanel<V>(job, rows_at_once, outputs), job_(job) {}

  static std::int64_t units(const ConvolutionJob& job) { return job.kernel.h; }

  std::int64_t panel_bytes() const { return positions * Lines::kLine * 4; }
  std::int64_t line_bytes() const { return 2 * line_size() * 2; }
  std::int64_t offset(std::int64_t unit) const { return unit * columns.pitch * Lines::kLine * 4; }

  void fill(std::int64_t clip, std::int64_t depth, std::int64_t second_depth, std::int64_t row, float* to,
            BFloat16* line) const {
    const PlaneRows<V> from{job_.x, job_.in, job_.in_channels};
    const typename V::Selection selections[2] = {selection(0), selection(1)};
    const std::int64_t lines = rows + 2;
    for (std::int64_t i = 0; i < lines; ++i, to += columns.pitch * Lines::kLine) {
      fill_row(from.at(clip, depth, second_depth, row - job_.pad.h + i), selections, to, line);
    }
    Lines::clear(to, positions - lines * columns.pitch);
  }

  void write(std::int64_t depth, std::int64_t unit, const float* sums, float* dfilter) const {
    for (std::int64_t w = 0; w < 3; ++w) {
      float* to = dfilter + ((depth * 3 + unit) * 3 + w) * job_.in_channels;
      for (std::int64_t c = 0; c < job_.in_channels; ++c) {
        to[c] = c < job_.valid_channels ? sums[w * job_.valid_channels + c] : 0.0f;
      }
    }
  }

 private:
  // Elements from a position to the next, of what is read.
  std::int64_t step() const { return job_.in_channels <= kMaxStep ? job_.in_channels : kMaxStemChannels; }
  std::int64_t line_size() const { return round_up(columns.data * kMaxStemChannels, 32); }

  // The pairs of position `first` of four, [tap of w][channel].
  typename V::Selection selection(std::int64_t first) const {
    std::uint16_t lanes[32] = {};
    const std::int64_t channels = job_.valid_channels;
    for (std::int64_t i = 0; i < 6 * channels; ++i) {
      lanes[i] =
          static_cast<std::uint16_t>((first + i / 2 / channels) * step() + i / 2 % channels + i % 2 * 32);
    }
    return V::selection(lanes, 6 * channels);
  }
  // Positions from the one whose first tap is the first column of the padding.
  void fill_row(RowPair from, const typename V::Selection (&selections)[2], float* to, BFloat16* line) const {
    if (from.first == nullptr && from.second == nullptr) return Lines::clear(to, columns.pitch);
    if (job_.in_channels > kMaxStep)
      from = {closer(from.first, line), closer(from.second, line + line_size())};
    const std::int64_t end = columns.data * step();
    for (std::int64_t i = 0; i < columns.pitch; i += 2, to += 2 * Lines::kLine) {
      const std::int64_t at = (i - job_.pad.w) * step();
      const auto low = words(from.first, at, end), high = words(from.second, at, end);
      V::store(V::words(V::select(selections[0], low, high)), to);
      if (i + 1 < columns.pitch) V::store(V::words(V::select(selections[1], low, high)), to + Lines::kLine);
    }
  }
  [[gnu::always_inline]] static typename V::ChannelBlock words(const BFloat16* row, std::int64_t at,
                                                               std::int64_t end) {
    return row == nullptr ? typename V::ChannelBlock{} : V::load_inside(row, at, end);
  }
  // The channels of positions that are far from each other.
  const BFloat16* closer(const BFloat16* row, BFloat16* line) const {
    if (row == nullptr) return nullptr;
    for (std::int64_t i = 0; i < columns.data; ++i) {
      for (std::int64_t c = 0; c < job_.valid_channels; ++c) {
        line[i * kMaxStemChannels + c] = row[i * job_.in_channels + c];
      }
    }
    return line;
  }

  const ConvolutionJob& job_;
};

}  // namespace c3d::cpu
