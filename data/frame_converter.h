// Decoded pictures as RGB: by the matrix and range that the picture names (BT.601 and those of the pixel
// format where it names none), turned to be shown, and resized. Values are those of OpenCV's VideoCapture and
// cv2.resize. One converter belongs to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "data/ffmpeg.h"
#include "data/orientation.h"
#include "data/resize.h"
#include "data/video_reader.h"

namespace c3d {

class FrameConverter {
 public:
  FrameConverter() = default;
  // `name` of the file, for errors; `size` of what is given.
  FrameConverter(std::string name, Orientation orientation, FrameSize size)
      : name_(std::move(name)), orientation_(orientation), size_(size) {}

  // out [height,width,3] RGB of the size. Pictures may differ in size and format from one to the next.
  void convert(const AVFrame& frame, std::span<std::uint8_t> out);

 private:
  Pixels to_rgb(const AVFrame& frame);
  void follow_colour_tags(const AVFrame& frame);
  void resize(const Pixels& pixels, std::uint8_t* out);

  std::string name_;
  Orientation orientation_;
  FrameSize size_;
  Scaler scaler_;
  std::unique_ptr<Resizer> resizer_;
  FrameSize resizer_source_;
  std::vector<std::uint8_t> rgb_, shown_;
};

}  // namespace c3d
