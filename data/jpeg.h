// Pictures as JPEG files (baseline, 4:2:0), for pages and thumbnails, by FFmpeg's MJPEG encoder.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace c3d {

// rgb [height,width,3]. quantizer: from 2, the best, to 31, the smallest. The bytes of the file: the same for
// the same pixels. Error: no picture, or an FFmpeg that has no such encoder. May be called from any thread.
std::string encode_jpeg(std::span<const std::uint8_t> rgb, int width, int height, int quantizer = 5);

}  // namespace c3d
