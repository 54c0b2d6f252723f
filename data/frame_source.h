// Frames of one video by number. Numbers count in decode order from 0.
#pragma once

#include <cstdint>
#include <span>

namespace c3d {

class FrameSource {
 public:
  virtual ~FrameSource() = default;
  virtual std::int64_t frame_count() const = 0;
  virtual int width() const = 0;
  virtual int height() const = 0;
  // Frames first, first + stride, ... (count of them) as out [count,H,W,3] RGB. Error if one does not exist
  // or decode.
  virtual void read(std::int64_t first, int stride, int count, std::span<std::uint8_t> out) = 0;
};

}  // namespace c3d
