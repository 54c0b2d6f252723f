// Planes of 8-bit Y'CbCr to resized RGB in one pass, without the picture in between: each row and column that
// the resize needs is turned into RGB where it is read. Level for level what swscale's fast conversion (each
// chroma sample held over its pixels, 13-bit factors, 16-bit arithmetic) and then Resizer give. One
// YuvResizer belongs to one thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "data/aligned_vector.h"
#include "data/byte_pairs.h"
#include "data/resize_taps.h"

namespace c3d {

// A colour is ((8 Y - luma_offset) luma >> 16) + the sum of ((8 C - 1024) factor >> 16) over the chroma
// samples, within 0 and 255.
struct YuvToRgb {
  std::int16_t luma_offset = 0, luma = 0;
  std::int16_t red_v = 0, green_u = 0, green_v = 0, blue_u = 0;
};
// `matrix`: red of V, blue of U, minus green of U, minus green of V, in 1/65536 and for chroma of 16 to 240,
// as sws_getCoefficients() gives them. Full range: luma and chroma of 0 to 255.
YuvToRgb yuv_to_rgb(const int* matrix, bool full_range);

struct YuvPlanes {  // borrowed
  std::array<const std::uint8_t*, 3> data{};
  std::array<std::ptrdiff_t, 3> stride{};  // bytes from row to row
};

class YuvResizer {
 public:
  static constexpr int kLeastWidth = 2 * ByteWindow::kBytes - 1;  // of a source

  // Chroma has half the columns, rounded up, and half the rows (4:2:0) or all of them (4:2:2).
  YuvResizer(int source_width, int source_height, bool half_chroma_rows, int width, int height);

  // out [height,width,3] RGB, packed.
  void run(const YuvPlanes& source, const YuvToRgb& colours, std::uint8_t* out);

 private:
  YuvResizer(const std::vector<ColumnTap>& columns, int source_width, std::vector<RowTap> rows,
             bool half_chroma_rows, const PixelLoops& loops);

  struct Terms {  // what luma or chroma adds to a colour; [columns] each
    AlignedVector<std::int16_t> near, far;
  };

  void take_chroma(const YuvPlanes& source, const YuvToRgb& colours, int row);
  const std::int16_t* stretched(const YuvPlanes& source, const YuvToRgb& colours, int row);

  const PixelLoops* loops_;
  std::size_t width_, columns_;  // the second in whole vectors
  int chroma_shift_;
  std::vector<RowTap> rows_;
  AlignedVector<std::int16_t> weights_;  // [columns]
  BytePairs luma_pairs_, chroma_pairs_;
  AlignedVector<std::uint16_t> pairs_;  // [columns + slack]
  Terms luma_, red_, green_, blue_;
  int chroma_row_ = -1;                      // that red_, green_ and blue_ are of
  AlignedVector<std::int16_t> buffered_[2];  // two source rows [3,columns], in 1/128
  int buffered_row_[2] = {-1, -1};
  AlignedVector<std::uint8_t> planes_;  // a row of the result [3,columns]
};

}  // namespace c3d
