// The input of a block of tiles as the products want it: [point][chunk][tile][line], where the lines of all
// chunks hold the rows that filter_transform.h describes. One class for each kind of input.
#pragma once

#include "kernels/cpu/winograd/filter_transform.h"

namespace c3d::cpu {

// A tile by its number: tiles are counted over clips, d, h, w of the output.
struct TileGrid {
  Extent3 count, size;

  TileGrid(const Extent3& out, const Extent3& outputs)
      : count{ceil_div(out.d, outputs.d), ceil_div(out.h, outputs.h), ceil_div(out.w, outputs.w)},
        size(outputs) {}
  struct Place {
    std::int64_t clip, d, h, w;  // of the tile's first output
  };
  Place operator[](std::int64_t tile) const {
    const std::int64_t w = tile % count.w, row = tile / count.w;
    const std::int64_t h = row % count.h, plane = row / count.h;
    return {plane / count.d, plane % count.d * size.d, h * size.h, w * size.w};
  }
};

// The transformed inputs of `tiles` tiles: where a point's plane begins, a chunk, a tile's line.
template <typename E>
struct Panels {
  E* data = nullptr;
  std::int64_t point_stride = 0, chunk_stride = 0, line = 0;  // in elements
  bool streamed =
      false;  // they are more than the caches hold: written past them, and fetched for the products
};

// A vector of a panel's line.
template <typename V, typename E>
[[gnu::always_inline]] inline void store_point(typename V::Float value, E* to, bool streamed) {
  if constexpr (std::is_same_v<E, float>) {
    if (streamed) return V::stream(value, to);
  }
  V::store(value, to);
}

template <typename V, typename T, typename E, int D, int H>
class WinogradInput {
  using Shape = TileShape<D, H>;
  using Float = typename V::Float;
  static constexpr int kSide = Shape::kSidePoints;
  static constexpr int kDepth = Shape::kDepthPoints;

 public:
  static constexpr int kPoints = Shape::kPoints;
  static RowLayout rows(const ConvolutionJob& job, std::int64_t line) {
    return row_layout(job.used, Shape::kTaps, false, kPerWord<E>, line);
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
                  to.data + at * to.line + tap * per_tap / to.line * to.chunk_stride, to);
      }
    }
  }

 private:
  // Where the values of one tile lie; what lies outside the input is zero.
  struct Source {
    const T* row[kDepth][kSide];  // of the first column, or null
    bool plane[kDepth];
    std::int64_t channels;
    std::int64_t first_column, last_column;  // of those inside

    Source(const ConvolutionJob& job, const TileGrid::Place& place, int tap) : channels(job.in_channels) {
      const std::int64_t d0 = place.d - job.pad.d + tap, h0 = place.h - job.pad.h, w0 = place.w - job.pad.w;
      first_column = std::clamp<std::int64_t>(-w0, 0, kSide);
      last_column = std::clamp<std::int64_t>(job.in.w - w0, 0, kSide);
      const T* x = static_cast<const T*>(job.x);
      for (int z = 0; z < kDepth; ++z) {
        const std::int64_t d = d0 + z;
        plane[z] = d >= 0 && d < job.in.d;
        for (int y = 0; y < kSide; ++y) {
          const std::int64_t h = h0 + y;
          const bool inside = plane[z] && h >= 0 && h < job.in.h;
          row[z][y] = inside ? x + (((place.clip * job.in.d + d) * job.in.h + h) * job.in.w + w0) * channels
                             : nullptr;
        }
      }
    }
  };

  static void transform(const ConvolutionJob& job, const Source& source, std::int64_t rows, E* to,
                        const Panels<E>& panels) {
    std::int64_t c = 0;
    for (; c + V::kWidth <= job.used; c += V::kWidth) {
      transform_channels(
          source, c, [](const T* from) { return V::load(from); }, to, panels);
    }
    if (c < job.used) {
      const std::int64_t count = job.used - c;
      transform_channels(
          source, c, [count](const T* from) { return V::load_part(from, count); }, to, panels);
      c += V::kWidth;
    }
    for (; c < rows; c += V::kWidth) {  // rows whose filters are zero must be finite
      E* line = to + c / panels.line * panels.chunk_stride + c % panels.line;
      for (int i = 0; i < kPoints; ++i) V::store(V::zero(), line + i * panels.point_stride);
    }
  }

  template <typename Load>
  [[gnu::always_inline]] static void transform_channels(const Source& source, std::int64_t c,
                                                        const Load& load, E* to, const Panels<E>& panels) {
    Float planes[kDepth][Shape::kPlane];
    for (int z = 0; z < kDepth; ++z) {
      if (!source.plane[z]) {
        for (Float& value : planes[z]) value = V::zero();
        continue;
      }
      Float d[kSide][kSide];
#pragma GCC unroll 6
      for (int y = 0; y < kSide; ++y) load_row(source, source.row[z][y], c, load, d[y]);
      input_plane<H>(d, planes[z]);
    }
    E* line = to + c / panels.line * panels.chunk_stride + c % panels.line;
    for (int i = 0; i < Shape::kPlane; ++i) {
      if constexpr (D == 1) {
        store_point<V>(planes[0][i], line + i * panels.point_stride, panels.streamed);
      } else {
        Float column[kDepth], points[kDepth];
#pragma GCC unroll 6
        for (int z = 0; z < kDepth; ++z) column[z] = planes[z][i];
        Axis<D>::input(column, points);
#pragma GCC unroll 6
        for (int z = 0; z < kDepth; ++z) {
          store_point<V>(points[z], line + (z * Shape::kPlane + i) * panels.point_stride, panels.streamed);
        }
      }
    }
  }

  template <typename Load>
  [[gnu::always_inline]] static void load_row(const Source& source, const T* row, std::int64_t c,
                                              const Load& load, Float (&d)[kSide]) {
    if (row == nullptr) {
#pragma GCC unroll 6
      for (int x = 0; x < kSide; ++x) d[x] = V::zero();
      return;
    }
    const T* from = row + c;
#pragma GCC unroll 6
    for (int x = 0; x < kSide; ++x) {
      const bool inside = x >= source.first_column && x < source.last_column;
      d[x] = inside ? load(from + x * source.channels) : V::zero();
      // The next tile's, which starts H columns on.
      if (x >= 2) V::prefetch(from + (x + H - 1) * source.channels);
    }
  }
};

// A few channels (the clip's colours) in tiles of 1 x 4 x 4: the three taps of depth lie side by side in one
// line, so that a vector is full. The lines are gathered first, once for a row of tiles.
template <typename V, typename T, int H>
class NarrowInput {
  using Shape = TileShape<1, H>;
  using Float = typename V::Float;
  static constexpr int kSide = Shape::kSidePoints;

 public:
  static constexpr int kPoints = Shape::kPoints;
  static RowLayout rows(const ConvolutionJob& job, std::int64_t line) {
    return row_layout(job.used, 3, true, 1, line);
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
      const std::int64_t chunks = ceil_div(rows(job, to.line).rows(), V::kWidth);
      for (std::int64_t i = 0; i < count; ++i)
        transform(gathered + i * H * line, row, line, chunks, at + i, to);
      first += count;
      at += count;
    }
  }

 private:
  static constexpr std::int64_t kRun = 8;  // tiles gathered at once: their lines fit the first cache

  // Floats of a position: room for the four that are written for the last tap.
  static std::int64_t line_floats(const ConvolutionJob& job) {
    return round_up(2 * job.used + kNarrow, V::kWidth);
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
        float* to = gathered + tap * job.used;
        if (h < 0 || h >= job.in.h || d < 0 || d >= job.in.d) {
          for (std::int64_t column = 0; column < columns; ++column) zero(to + column * line);
          continue;
        }
        for (std::int64_t column = 0; column < first; ++column) zero(to + column * line);
        for (std::int64_t column = last; column < columns; ++column) zero(to + column * line);
        const T* from = static_cast<const T*>(job.x) +
                        ((place.clip * job.in.d + d) * job.in.h + h) * job.in.w * job.in_channels;
        const T* x = from + (w0 + first) * job.in_channels;
        if (job.in_channels >= kNarrow) {
          for (std::int64_t column = first; column < last; ++column, x += job.in_channels) {
            float values[kNarrow];
            for (int c = 0; c < kNarrow; ++c) values[c] = to_float(x[c]);
            std::memcpy(to + column * line, values, sizeof(values));
          }
        } else {
          for (std::int64_t column = first; column < last; ++column, x += job.in_channels) {
            for (int c = 0; c < job.used; ++c) to[column * line + c] = to_float(x[c]);
          }
        }
      }
    }
  }

  static void zero(float* to) {
    for (int c = 0; c < kNarrow; ++c) to[c] = 0;
  }

  static void transform(const float* from, std::int64_t row, std::int64_t line, std::int64_t chunks,
                        std::int64_t at, const Panels<float>& to) {
    for (std::int64_t chunk = 0; chunk < chunks; ++chunk) {
      Float d[kSide][kSide], points[Shape::kPlane];
#pragma GCC unroll 6
      for (int y = 0; y < kSide; ++y) {
#pragma GCC unroll 6
        for (int x = 0; x < kSide; ++x) d[y][x] = V::load(from + y * row + x * line + chunk * V::kWidth);
      }
      input_plane<H>(d, points);
      float* tile = to.data + chunk * to.chunk_stride + at * to.line;
      for (int i = 0; i < Shape::kPlane; ++i) V::store(points[i], tile + i * to.point_stride);
    }
  }
};

// No transform: each output's own inputs, tap after tap.
template <typename V, typename T, typename E>
class DirectInput {
 public:
  static constexpr int kPoints = 1;
  static RowLayout rows(const ConvolutionJob& job, std::int64_t line) {
    return row_layout(job.used, job.kernel.volume(), false, kPerWord<E>, line);
  }
  static TileGrid grid(const ConvolutionJob& job) { return {job.out, {1, 1, 1}}; }
  static std::int64_t private_floats(const ConvolutionJob& /*job*/) { return 0; }

  static void run(const ConvolutionJob& job, std::int64_t first, std::int64_t last, std::int64_t at,
                  const Panels<E>& to, float* /*private_floats*/) {
    const TileGrid outputs = grid(job);
    const std::int64_t per_tap = rows(job, to.line).per_tap;
    for (std::int64_t output = first; output < last; ++output, ++at) {
      const TileGrid::Place place = outputs[output];
      std::int64_t tap = 0;
      for (std::int64_t kd = 0; kd < job.kernel.d; ++kd) {
        const std::int64_t d = source(place.d, kd, job.stride.d, job.pad.d, job.in.d, job.transposed);
        for (std::int64_t kh = 0; kh < job.kernel.h; ++kh) {
          const std::int64_t h = source(place.h, kh, job.stride.h, job.pad.h, job.in.h, job.transposed);
          for (std::int64_t kw = 0; kw < job.kernel.w; ++kw, ++tap) {
            const std::int64_t w = source(place.w, kw, job.stride.w, job.pad.w, job.in.w, job.transposed);
            const bool inside = d >= 0 && h >= 0 && w >= 0;
            const T* x = static_cast<const T*>(job.x);
            copy(inside ? x + (((place.clip * job.in.d + d) * job.in.h + h) * job.in.w + w) * job.in_channels
                        : nullptr,
                 job.used, per_tap, to.data + at * to.line + tap * per_tap / to.line * to.chunk_stride, to);
          }
        }
      }
    }
  }

 private:
  // Which input an output takes a tap from, -1: none.
  static std::int64_t source(std::int64_t output, std::int64_t tap, std::int64_t stride, std::int64_t pad,
                             std::int64_t extent, bool transposed) {
    std::int64_t input = output * stride - pad + tap;
    if (transposed) {
      const std::int64_t strided = output + pad - tap;
      if (strided < 0 || strided % stride != 0) return -1;
      input = strided / stride;
    }
    return input < extent ? std::max<std::int64_t>(input, -1) : -1;
  }

  static void copy(const T* from, std::int64_t channels, std::int64_t padded, E* to,
                   const Panels<E>& panels) {
    for (std::int64_t c = 0; c < padded; c += panels.line, to += panels.chunk_stride) {
      const std::int64_t count = from == nullptr ? 0 : std::min(panels.line, channels - c);
      for (std::int64_t i = 0; i < panels.line; ++i) to[i] = i < count ? element<E>(from[c + i]) : E{};
    }
  }
};

}  // namespace c3d::cpu
