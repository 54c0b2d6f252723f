// The input of a block of tiles as the products want it: [point][channel block][tile][line], where the lines
// of all channel blocks hold the rows that RowLayout describes. One class for each kind of input.
#pragma once

#include "kernels/cpu/convolution/tiled/panels.h"
#include "kernels/cpu/convolution/winograd/tile_transform.h"

namespace c3d::cpu {

template <typename V, typename T, typename E, int D, int H>
class WinogradInput {
  using Shape = TileShape<D, H>;
  using Float = typename V::Float;
  static constexpr int kSide = Shape::kSidePoints;
  static constexpr int kDepth = Shape::kDepthPoints;

 public:
  static constexpr int kPoints = Shape::kPoints;
  static RowLayout rows(const ConvolutionJob& job, std::int64_t line) {
    return row_layout(job.valid_channels, Shape::kTaps, false, kPerPair<E>, line);
  }
  static TileGrid grid(const ConvolutionJob& job) { return {job.out, {D, H, H}}; }
  static std::int64_t private_floats(const ConvolutionJob& /*job*/) { return 0; }

  // Tiles first .. last - 1, the first of them as number `at` of the panels.
  static void run(const ConvolutionJob& job, std::int64_t first, std::int64_t last, std::int64_t at,
                  const Panels<E>& to, float* /*private_floats*/) {
    const TileGrid tiles = grid(job);
    const std::int64_t per_tap = rows(job, to.line).per_tap;
    for (std::int64_t tile = first; tile < last; ++tile, ++at) {
      const TileGrid::Place place = tiles[tile];
      for (int tap = 0; tap < Shape::kTaps; ++tap) {
        transform(job, Source(job, place, tap), per_tap,
                  to.data + at * to.line + tap * per_tap / to.line * to.channel_block_stride, to);
      }
    }
  }

 private:
  // Where the values of one tile lie; what lies outside the input is zero.
  struct Source {
    const T* x;
    std::int64_t corner, plane, row, channels;  // of the tile's first value in x; from one to the next
    struct Inside {
      std::int64_t first, last;
      [[gnu::always_inline]] bool contains(std::int64_t i) const { return i >= first && i < last; }
    } planes, rows, columns;

    Source(const ConvolutionJob& job, const TileGrid::Place& place, int tap)
        : x(static_cast<const T*>(job.x)),
          plane(job.in.h * job.in.w * job.in_channels),
          row(job.in.w * job.in_channels),
          channels(job.in_channels) {
      const std::int64_t d = place.d - job.pad.d + tap, h = place.h - job.pad.h, w = place.w - job.pad.w;
      corner = (place.clip * job.in.d + d) * plane + h * row + w * channels;
      planes = inside(d, job.in.d, kDepth);
      rows = inside(h, job.in.h, kSide);
      columns = inside(w, job.in.w, kSide);
    }
    static Inside inside(std::int64_t first, std::int64_t size, std::int64_t count) {
      return {std::clamp<std::int64_t>(-first, 0, count), std::clamp<std::int64_t>(size - first, 0, count)};
    }
  };

  static void transform(const ConvolutionJob& job, const Source& source, std::int64_t rows, E* to,
                        const Panels<E>& panels) {
    std::int64_t c = 0;
    for (; c + V::kWidth <= job.valid_channels; c += V::kWidth) {
      transform_channels(
          source, c, [](const T* from) { return V::load(from); }, to, panels);
    }
    if (c < job.valid_channels) {
      const std::int64_t count = job.valid_channels - c;
      transform_channels(
          source, c, [count](const T* from) { return V::load_part(from, count); }, to, panels);
      c += V::kWidth;
    }
    for (; c < rows; c += V::kWidth) {  // rows whose filters are zero must be finite
      E* line = to + c / panels.line * panels.channel_block_stride + c % panels.line;
      for (int i = 0; i < kPoints; ++i) V::store(V::zero(), line + i * panels.point_stride);
    }
  }

  template <typename Load>
  [[gnu::always_inline]] static void transform_channels(const Source& source, std::int64_t c,
                                                        const Load& load, E* to, const Panels<E>& panels) {
    Float planes[kDepth][Shape::kPlane];
    const bool whole = source.columns.first == 0 && source.columns.last == kSide;
    for (int z = 0; z < kDepth; ++z) {
      if (!source.planes.contains(z)) {
        for (Float& value : planes[z]) value = V::zero();
        continue;
      }
      Float rows[kSide][kSide];
#pragma GCC unroll 6
      for (int y = 0; y < kSide; ++y) {
        Float d[kSide];
        load_row(source, source.corner + z * source.plane + y * source.row + c, source.rows.contains(y),
                 whole, load, d);
        Axis<H>::input(d, rows[y]);
      }
      input_columns<H>(rows, planes[z]);
    }
    E* line = to + c / panels.line * panels.channel_block_stride + c % panels.line;
    const auto depth = [](const auto& column, auto& points) { Axis<D>::input(column, points); };
    if (panels.streamed) {
      store_depth<V, Shape::kDepthPoints, true>(planes, line, panels.point_stride, depth);
    } else {
      store_depth<V, Shape::kDepthPoints, false>(planes, line, panels.point_stride, depth);
    }
  }

  // `whole`: no column is outside.
  template <typename Load>
  [[gnu::always_inline]] static void load_row(const Source& source, std::int64_t at, bool inside, bool whole,
                                              const Load& load, Float (&d)[kSide]) {
    if (!inside) {
#pragma GCC unroll 6
      for (int x = 0; x < kSide; ++x) d[x] = V::zero();
      return;
    }
    const T* from = source.x + at;
    const std::int64_t step = source.channels;
    if (whole) {
#pragma GCC unroll 6
      for (int x = 0; x < kSide; ++x) d[x] = load(from + x * step);
    } else {
#pragma GCC unroll 6
      for (int x = 0; x < kSide; ++x) d[x] = source.columns.contains(x) ? load(from + x * step) : V::zero();
    }
    // The next tile's, which starts H columns on.
#pragma GCC unroll 4
    for (int x = H + 1; x < H + kSide - 1; ++x) V::prefetch(from + x * step);
  }
};

// A few channels (the clip's colours) in tiles of 1 x 4 x 4: the three taps of depth lie side by side in one
// line, so that a vector is full. The lines are gathered first, once for a row of tiles.
template <typename V, typename T, int H>
class StemInput {
  using Shape = TileShape<1, H>;
  using Float = typename V::Float;
  static constexpr int kSide = Shape::kSidePoints;

 public:
  static constexpr int kPoints = Shape::kPoints;
  static RowLayout rows(const ConvolutionJob& job, std::int64_t line) {
    return row_layout(job.valid_channels, 3, true, 1, line);
  }
  static TileGrid grid(const ConvolutionJob& job) { return {job.out, {1, H, H}}; }
  static std::int64_t private_floats(const ConvolutionJob& job) { return kSide * gathered_row(job, kRun); }

  static void run(const ConvolutionJob& job, std::int64_t first, std::int64_t last, std::int64_t at,
                  const Panels<float>& to, float* gathered) {
    const TileGrid tiles = grid(job);
    while (first < last) {
      const TileGrid::Place place = tiles[first];
      const std::int64_t count = std::min({last - first, tiles.count.w - first % tiles.count.w, kRun});
      gather(job, place, count, gathered);
      const std::int64_t row = gathered_row(job, count), line = line_floats(job);
      const std::int64_t channel_blocks = ceil_div(rows(job, to.line).rows(), V::kWidth);
      for (std::int64_t i = 0; i < count; ++i)
        transform(gathered + i * H * line, row, line, channel_blocks, at + i, to);
      first += count;
      at += count;
    }
  }

 private:
  static constexpr std::int64_t kRun = 8;  // tiles gathered at once: their lines fit the first cache

  // Floats of a position: room for the four that are written for the last tap.
  static std::int64_t line_floats(const ConvolutionJob& job) {
    return round_up(2 * job.valid_channels + kMaxStemChannels, V::kWidth);
  }
  static std::int64_t gathered_row(const ConvolutionJob& job, std::int64_t tiles) {
    return (tiles * H + 2) * line_floats(job);
  }

  // gathered [kSide][column][line]
  static void gather(const ConvolutionJob& job, const TileGrid::Place& place, std::int64_t tiles,
                     float* gathered) {
    const std::int64_t columns = tiles * H + 2, line = line_floats(job), w0 = place.w - job.pad.w;
    const std::int64_t first = std::clamp<std::int64_t>(-w0, 0, columns);
    const std::int64_t last = std::clamp<std::int64_t>(job.in.w - w0, first, columns);
    for (int y = 0; y < kSide; ++y, gathered += columns * line) {
      const std::int64_t h = place.h - job.pad.h + y;
      for (int tap = 0; tap < 3; ++tap) {  // in this order: a fourth value is overwritten by the next tap
        const std::int64_t d = place.d - job.pad.d + tap;
        float* to = gathered + tap * job.valid_channels;
        if (h < 0 || h >= job.in.h || d < 0 || d >= job.in.d) {
          for (std::int64_t column = 0; column < columns; ++column) zero(to + column * line);
          continue;
        }
        for (std::int64_t column = 0; column < first; ++column) zero(to + column * line);
        for (std::int64_t column = last; column < columns; ++column) zero(to + column * line);
        const T* from = static_cast<const T*>(job.x) +
                        ((place.clip * job.in.d + d) * job.in.h + h) * job.in.w * job.in_channels;
        const T* x = from + (w0 + first) * job.in_channels;
        if (job.in_channels >= kMaxStemChannels) {
          for (std::int64_t column = first; column < last; ++column, x += job.in_channels) {
            float values[kMaxStemChannels];
            for (int c = 0; c < kMaxStemChannels; ++c) values[c] = to_float(x[c]);
            std::memcpy(to + column * line, values, sizeof(values));
          }
        } else {
          for (std::int64_t column = first; column < last; ++column, x += job.in_channels) {
            for (int c = 0; c < job.valid_channels; ++c) to[column * line + c] = to_float(x[c]);
          }
        }
      }
    }
  }

  static void zero(float* to) {
    for (int c = 0; c < kMaxStemChannels; ++c) to[c] = 0;
  }

  static void transform(const float* from, std::int64_t row, std::int64_t line, std::int64_t channel_blocks,
                        std::int64_t at, const Panels<float>& to) {
    for (std::int64_t channel_block = 0; channel_block < channel_blocks; ++channel_block) {
      Float d[kSide][kSide], points[Shape::kPlane];
#pragma GCC unroll 6
      for (int y = 0; y < kSide; ++y) {
#pragma GCC unroll 6
        for (int x = 0; x < kSide; ++x)
          d[y][x] = V::load(from + y * row + x * line + channel_block * V::kWidth);
      }
      input_plane<H>(d, points);
      float* tile = to.data + channel_block * to.channel_block_stride + at * to.line;
      for (int i = 0; i < Shape::kPlane; ++i) V::store(points[i], tile + i * to.point_stride);
    }
  }
};

}  // namespace c3d::cpu
