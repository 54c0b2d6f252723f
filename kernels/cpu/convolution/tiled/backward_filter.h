// The gradients of filters. Winograd's transposed form: the inputs' tiles (B^T) and the output
// gradient's (A) are multiplied point by point, output channels by input channels, summed over all tiles, and
// each pair of channels is transformed (G^T) to its 3 x 3 x 3 taps once. Direct convolution has one point,
// and its columns are the taps' input channels.
//
// Tiles come in blocks, which threads divide. By output channels: each takes pairs of channel groups through
// all points and writes their gradients at once; that is for one block, and many are divided by transform
// points. By points: the sums of all points are kept in memory, to which each block adds. One thread makes a
// sum, so it does not depend on their number. Private tiles: a thread takes some blocks (a slot) with
// transformed tiles of its own, and what slots have summed is added up at the end in order: no thread waits
// for another, nor for what another has written.
#pragma once

#include <omp.h>

#include "kernels/cpu/convolution/tiled/panels.h"
#include "kernels/cpu/convolution/tiled/tile_products.h"
#include "kernels/cpu/memory/work_shares.h"

namespace c3d::cpu {

// Input, Gradient, Filter: the transforms of inputs and of the output's gradient, and the way back. Swapped
// (small-channel inputs): the rows of products are the inputs' and the columns the output channels; else the
// other way round.
template <typename V, typename T, typename Input, typename Gradient, typename Filter, bool Swapped>
class BackwardFilter {
  static constexpr std::int64_t kWidth = V::kWidth, kColumns = 2 * V::kWidth;
  static constexpr std::int64_t kInputLine = Swapped ? kWidth : kColumns;
  static constexpr std::int64_t kGradientLine = Swapped ? kColumns : kWidth;

 public:
  static std::int64_t scratch_bytes(int threads, const FilterGradientJob& job, const Blocking& blocking) {
    const Layout layout(threads, job.forward, blocking);
    return layout.own_at(threads);
  }

  // Like every scratch here: aligned to 64 bytes, scratch_bytes() of it.
  static void run(int threads, const FilterGradientJob& job, const Blocking& blocking, std::byte* scratch) {
    const ConvolutionJob& conv = job.forward;
    const Layout layout(threads, conv, blocking);
    float* const accumulators = reinterpret_cast<float*>(scratch + layout.accumulators_at);
    WorkShares<V> shares;
#pragma omp parallel num_threads(threads)
    {
      const int thread = omp_get_thread_num(), team = omp_get_num_threads();
      typename WorkShares<V>::StealingRange work(shares, thread, team);
      float* gathered = reinterpret_cast<float*>(scratch + layout.own_at(thread));
      for (std::int64_t i = 0; i < layout.private_floats; ++i) gathered[i] = 0;
      if (conv.valid_channels < conv.in_channels) clear(job, part(conv.out_channels, thread, team));
      if (layout.private_tiles()) {
        run_private_tiles(job, layout, work, scratch + layout.panels_bytes * thread, accumulators, gathered);
      } else {
        run_shared(job, layout, work, team, scratch, accumulators, gathered);
      }
    }
  }

 private:
  // Floats of one point of an item, of all points of a plane, and of what planes are folded to.
  static constexpr std::int64_t kItem = kWidth * kColumns;
  static constexpr std::int64_t kPlane = Filter::kPlane * kItem, kPlaneFolded = Filter::kFolded * kItem;
  static constexpr std::int64_t kFolded = Filter::kDepth * kPlaneFolded;
  static_assert(Input::kPoints == Filter::kDepth * Filter::kPlane);

  // Enough for the threads of most machines, few enough that adding them up takes no time. Their number must
  // not depend on that of the threads, for the sums would.
  static constexpr std::int64_t kSlots = 32;

  // Panels of more bytes than a core's own caches hold are streamed.
  static constexpr std::int64_t kStreamed = std::int64_t{1} << 20;

  struct Range {
    std::int64_t first, last;
    std::int64_t count() const { return last - first; }
  };
  static Range part(std::int64_t count, std::int64_t i, std::int64_t n) {
    return {count * i / n, count * (i + 1) / n};
  }

  static void clear(const FilterGradientJob& job, const Range& filters) {
    const std::int64_t size = job.forward.kernel.volume() * job.forward.in_channels;
    for (std::int64_t i = filters.first * size; i < filters.last * size; ++i) job.dfilter[i] = 0;
  }

  static Panels<float> panels(float* data, std::int64_t tiles, std::int64_t channel_blocks,
                              std::int64_t line) {
    return {data, point_stride(channel_blocks * tiles * line, sizeof(float)), tiles * line, line,
            channel_blocks * tiles * line * Input::kPoints * std::int64_t{sizeof(float)} > kStreamed};
  }

  // Items that go through the points one after the other, point by point: rows of each column.
  struct Group {
    Range rows, columns;
    std::int64_t count() const { return rows.count() * columns.count(); }
    // body(number in the group, row, column)
    template <typename Body>
    void for_each(const Body& body) const {
      std::int64_t i = 0;
      for (std::int64_t column = columns.first; column < columns.last; ++column) {
        for (std::int64_t row = rows.first; row < rows.last; ++row) body(i++, row, column);
      }
    }
  };

  // An item is a vector of rows (kWidth) and two of columns (kColumns).
  struct Layout {
    Division division;
    std::int64_t tiles, blocks, out_channels, input_rows, per_tap, input_channel_blocks,
        gradient_channel_blocks, private_floats;
    std::int64_t group_rows, group_columns;  // items that a thread takes one after the other
    std::int64_t slots = 0;                  // Private tiles: sums, each of some blocks
    // Scratch: panels, of all or of each thread; sums; each thread's own memory.
    std::int64_t input_bytes, panels_bytes, accumulators_at, private_bytes, privates_at;

    Layout(int threads, const ConvolutionJob& job, const Blocking& blocking) : division(blocking.division) {
      tiles = job.clips * Input::grid(job).count.volume();
      blocks = ceil_div(tiles, std::max<std::int64_t>(blocking.tiles, 1));
      if (private_tiles()) {
        slots = std::clamp<std::int64_t>(tiles, 1, kSlots);
        blocks = std::min(round_up(blocks, slots), tiles);
      }
      out_channels = job.out_channels;
      const RowLayout rows = Input::rows(job, kInputLine);
      input_rows = rows.rows();
      per_tap = rows.per_tap;
      input_channel_blocks = ceil_div(input_rows, kInputLine);
      gradient_channel_blocks = ceil_div(job.out_channels, kGradientLine);
      const std::int64_t most = ceil_div(tiles, std::max<std::int64_t>(blocks, 1));
      private_floats = round_up(Input::private_floats(job), 16);
      input_bytes = bytes(panels(nullptr, most, input_channel_blocks, kInputLine));
      const std::int64_t gradient_bytes =
          bytes(panels(nullptr, most, gradient_channel_blocks, kGradientLine));
      const std::int64_t all = Input::kPoints * kItem * 4 * items();
      panels_bytes = input_bytes + gradient_bytes;
      // By output channels: as few as keep their sums in the second cache, in a square, which reads the
      // fewest panels. Else all, unless there are too few points for so many threads.
      group_rows = by_output_channels() ? 4 : row_items();
      group_columns = by_output_channels() ? 2 : column_items();
      const std::int64_t points = by_output_channels() ? 1 : Input::kPoints;
      while (group_rows * group_columns > 1 && groups() * points < std::int64_t{2} * threads) {
        std::int64_t& longer = group_columns > group_rows / 2 ? group_columns : group_rows;
        longer = ceil_div(longer, 2);
      }
      const std::int64_t own =
          by_output_channels() ? group_rows * group_columns * (kPlane + kFolded) : kFolded;
      private_bytes = 4 * (private_floats + own);
      accumulators_at = panels_bytes * (private_tiles() ? threads : 1);
      privates_at = accumulators_at + all * (private_tiles() ? slots : by_output_channels() ? 0 : 1);
    }
    std::int64_t own_at(int thread) const { return privates_at + private_bytes * thread; }
    bool private_tiles() const { return division == Division::private_tiles; }
    bool by_output_channels() const { return division == Division::output_channels && blocks <= 1; }
    std::int64_t row_items() const { return Swapped ? input_channel_blocks : gradient_channel_blocks; }
    std::int64_t column_items() const { return Swapped ? gradient_channel_blocks : input_channel_blocks; }
    std::int64_t items() const { return input_channel_blocks * gradient_channel_blocks; }
    std::int64_t groups() const {
      return ceil_div(row_items(), group_rows) * ceil_div(column_items(), group_columns);
    }
    Group group(std::int64_t i) const {
      const std::int64_t down = ceil_div(row_items(), group_rows);
      const std::int64_t row = i % down * group_rows, column = i / down * group_columns;
      return {{row, std::min(row + group_rows, row_items())},
              {column, std::min(column + group_columns, column_items())}};
    }
    // Whether an item's columns are no more than one vector: the last ones. Its second ones are passed over.
    bool is_narrow(std::int64_t column) const {
      return (Swapped ? out_channels : input_rows) - column * kColumns <= kWidth;
    }
    std::int64_t step(std::int64_t column) const { return is_narrow(column) ? kColumns : kWidth; }
    Group all() const { return {{0, row_items()}, {0, column_items()}}; }
    static std::int64_t bytes(const Panels<float>& p) { return p.point_stride * Input::kPoints * 4; }
  };

  struct BlockPanels {
    Panels<float> x, dy;
    const Panels<float>& rows() const { return Swapped ? x : dy; }
    const Panels<float>& columns() const { return Swapped ? dy : x; }
  };
  static BlockPanels block_panels(const Layout& layout, std::byte* memory, std::int64_t tiles) {
    return {panels(reinterpret_cast<float*>(memory), tiles, layout.input_channel_blocks, kInputLine),
            panels(reinterpret_cast<float*>(memory + layout.input_bytes), tiles,
                   layout.gradient_channel_blocks, kGradientLine)};
  }
  static void transform(const FilterGradientJob& job, const Range& tiles, std::int64_t at,
                        const BlockPanels& to, float* gathered) {
    Input::run(job.forward, tiles.first, tiles.last, at, to.x, gathered);
    Gradient::run(job, tiles.first, tiles.last, at, to.dy);
    V::stream_fence();
  }

  static void run_shared(const FilterGradientJob& job, const Layout& layout,
                         typename WorkShares<V>::StealingRange& work, int team, std::byte* scratch,
                         float* all_accumulators, float* gathered) {
    float* const own = gathered + layout.private_floats;
    for (std::int64_t block = 0; block < layout.blocks; ++block) {
      const Range tiles = part(layout.tiles, block, layout.blocks);
      const BlockPanels panels = block_panels(layout, scratch, tiles.count());
      const std::int64_t parts = std::min(tiles.count(), std::int64_t{4} * team);
      work.run(parts, [&](std::int64_t i) {
        const Range mine = part(tiles.count(), i, parts);
        transform(job, {tiles.first + mine.first, tiles.first + mine.last}, mine.first, panels, gathered);
      });
#pragma omp barrier
      if (layout.by_output_channels()) {
        work.run(layout.groups(), [&](std::int64_t i) {
          multiply_and_write(job, layout, panels, layout.group(i), tiles.count(), own);
        });
      } else {
        work.run(layout.groups() * Input::kPoints, [&](std::int64_t i) {
          const Group group = layout.group(i / Input::kPoints);
          multiply_point(layout, panels, group, i % Input::kPoints, tiles.count(), all_accumulators,
                         block > 0);
        });
      }
#pragma omp barrier
    }
    if (layout.by_output_channels()) return;
    work.run(layout.items(), [&](std::int64_t item) {
      fold_and_write(job, layout, item, all_accumulators + item * Input::kPoints * kItem, own);
    });
  }

  // Which blocks are summed together is fixed; who does it is not.
  static void run_private_tiles(const FilterGradientJob& job, const Layout& layout,
                                typename WorkShares<V>::StealingRange& work, std::byte* scratch,
                                float* all_accumulators, float* gathered) {
    const std::int64_t item_floats = Input::kPoints * kItem, slot_floats = layout.items() * item_floats;
    work.run(layout.slots, [&](std::int64_t slot) {
      float* const accumulators = all_accumulators + slot * slot_floats;
      const Range mine = part(layout.blocks, slot, layout.slots);
      if (mine.count() == 0) {
        for (std::int64_t i = 0; i < slot_floats; ++i) accumulators[i] = 0;
      }
      for (std::int64_t block = mine.first; block < mine.last; ++block) {
        const Range tiles = part(layout.tiles, block, layout.blocks);
        const BlockPanels panels = block_panels(layout, scratch, tiles.count());
        transform(job, tiles, 0, panels, gathered);
        for (std::int64_t point = 0; point < Input::kPoints; ++point) {
          multiply_point(layout, panels, layout.all(), point, tiles.count(), accumulators,
                         block > mine.first);
        }
      }
    });
#pragma omp barrier
    work.run(layout.items(), [&](std::int64_t item) {
      float* total = all_accumulators + item * item_floats;
      for (std::int64_t slot = 1; slot < layout.slots; ++slot) {
        const float* more = total + slot * slot_floats;
        for (std::int64_t i = 0; i < item_floats; i += layout.step(item / layout.row_items())) {
          V::store(V::load(total + i) + V::load(more + i), total + i);
        }
      }
      fold_and_write(job, layout, item, total, gathered + layout.private_floats);
    });
  }

  // One point of a group's items; sums: [item][point], of all items.
  static void multiply_point(const Layout& layout, const BlockPanels& panels, const Group& group,
                             std::int64_t point, std::int64_t tiles, float* accumulators, bool add) {
    group.for_each([&](std::int64_t, std::int64_t row, std::int64_t column) {
      const std::int64_t item = column * layout.row_items() + row;
      multiply(layout, panels, group, row, column, point, tiles,
               accumulators + (item * Input::kPoints + point) * kItem, add);
    });
  }

  // All points of a group. own: sums of a plane, then what planes are folded to.
  static void multiply_and_write(const FilterGradientJob& job, const Layout& layout,
                                 const BlockPanels& panels, const Group& group, std::int64_t tiles,
                                 float* own) {
    float* const folded = own + group.count() * kPlane;
    for (int z = 0; z < Filter::kDepth; ++z) {
      for (int point = 0; point < Filter::kPlane; ++point) {
        group.for_each([&](std::int64_t i, std::int64_t row, std::int64_t column) {
          multiply(layout, panels, group, row, column, z * Filter::kPlane + point, tiles,
                   own + i * kPlane + point * kItem, false);
        });
      }
      for (std::int64_t i = 0; i < group.count(); ++i) {
        Filter::template fold<kItem>(own + i * kPlane, folded + i * kFolded + z * kPlaneFolded,
                                     layout.step(group.columns.first + i / group.rows.count()));
      }
    }
    group.for_each([&](std::int64_t i, std::int64_t row, std::int64_t column) {
      write(job, layout, row, column, folded + i * kFolded);
    });
  }

  static void multiply(const Layout& layout, const BlockPanels& panels, const Group& group, std::int64_t row,
                       std::int64_t column, std::int64_t point, std::int64_t tiles, float* accumulators,
                       bool add) {
    if (layout.is_narrow(column)) {
      multiply<1>(layout, panels, group, row, column, point, tiles, accumulators, add);
    } else {
      multiply<2>(layout, panels, group, row, column, point, tiles, accumulators, add);
    }
  }

  // The panels of the group's next point are fetched meanwhile.
  template <int Columns>
  static void multiply(const Layout& layout, const BlockPanels& panels, const Group& group, std::int64_t row,
                       std::int64_t column, std::int64_t point, std::int64_t tiles, float* accumulators,
                       bool add) {
    const Panels<float>&a = panels.rows(), &b = panels.columns();
    const float* rows = a.data + point * a.point_stride + row * a.channel_block_stride;
    const float* columns = b.data + point * b.point_stride + column * b.channel_block_stride;
    const std::int64_t count =
        std::min(kWidth, (Swapped ? layout.input_rows : layout.out_channels) - row * kWidth);
    const std::int64_t calls = ceil_div(count, kBlockRows<V, Columns>), all_calls = calls * group.count();
    const std::int64_t item = (column - group.columns.first) * group.rows.count() + row - group.rows.first;
    const std::int64_t row_bytes = group.rows.count() * a.channel_block_stride * 4,
                       column_bytes = group.columns.count() * b.channel_block_stride * 4;
    const char* next_rows = reinterpret_cast<const char*>(a.data + (point + 1) * a.point_stride +
                                                          group.rows.first * a.channel_block_stride);
    const char* next_columns = reinterpret_cast<const char*>(b.data + (point + 1) * b.point_stride +
                                                             group.columns.first * b.channel_block_stride);
    for (std::int64_t call = 0; call < calls; ++call) {
      const Range part_rows = part(count, call, calls);
      const std::int64_t before = item * calls + call;
      float* to = accumulators + part_rows.first * kColumns;
      const TilePrefetch next{.rows = next_rows + row_bytes * before / all_calls,
                              .columns = next_columns + column_bytes * before / all_calls,
                              .row_step = row_bytes / (all_calls * tiles),
                              .column_step = column_bytes / (all_calls * tiles),
                              .accumulators = reinterpret_cast<const char*>(to + kItem)};
      multiply_tiles_of<V, Columns>(part_rows.count())(rows + part_rows.first, columns, tiles, to, add, next);
    }
  }

  // The gradients of an item's filters from the sums of all its points.
  static void fold_and_write(const FilterGradientJob& job, const Layout& layout, std::int64_t item,
                             const float* accumulators, float* folded) {
    for (int z = 0; z < Filter::kDepth; ++z) {
      Filter::template fold<kItem>(accumulators + z * kPlane, folded + z * kPlaneFolded,
                                   layout.step(item / layout.row_items()));
    }
    write(job, layout, item % layout.row_items(), item / layout.row_items(), folded);
  }

  static void write(const FilterGradientJob& job, const Layout& layout, std::int64_t row_item,
                    std::int64_t column_item, const float* folded) {
    const ConvolutionJob& conv = job.forward;
    const std::int64_t row = row_item * kWidth, column = column_item * kColumns;
    if constexpr (Swapped) {
      write_swapped(job, layout, row, column, folded);
    } else {
      const std::int64_t filter_size = conv.kernel.volume() * conv.in_channels;
      for (std::int64_t i = 0; i < std::min(kWidth, conv.out_channels - row); ++i) {
        for (std::int64_t half = 0; half < kColumns && column + half < layout.input_rows; half += kWidth) {
          Filter::write(conv, folded + i * kColumns + half, kItem, column + half, layout.per_tap,
                        job.dfilter + (row + i) * filter_size);
        }
      }
    }
  }

  // Rows are the inputs' (tap, channel), columns output channels.
  static void write_swapped(const FilterGradientJob& job, const Layout& layout, std::int64_t row,
                            std::int64_t column, const float* folded) {
    const ConvolutionJob& conv = job.forward;
    for (std::int64_t i = row; i < std::min(row + kWidth, layout.input_rows); ++i) {
      const std::int64_t tap = i / conv.valid_channels, channel = i % conv.valid_channels;
      for (int t = 0; t < Filter::kFolded; ++t) {
        const float* lanes = folded + t * kItem + (i - row) * kColumns;
        for (std::int64_t lane = 0; lane < std::min(kColumns, conv.out_channels - column); ++lane) {
          job.dfilter[((column + lane) * 27 + tap * 9 + t) * conv.in_channels + channel] = lanes[lane];
        }
      }
    }
  }
};

}  // namespace c3d::cpu
