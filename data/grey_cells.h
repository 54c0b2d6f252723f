// The means of grey in the cells of a grid over a picture.
#pragma once

#include <cstdint>
#include <span>

namespace c3d {

// frame [height,width,3] RGB; out [rows,columns], levels of grey: luma as JPEG has it. Every second pixel of
// every second row says enough of a cell. A picture of fewer pixels than cells gives some to several cells.
void grey_cells(std::span<const std::uint8_t> frame, int width, int height, int columns, int rows,
                std::span<float> out);

}  // namespace c3d
