// Decoded pictures as RGB: by the matrix and range that the picture names (BT.601 and those of the pixel
// format where it names none), turned to be shown, and resized. Values are those of OpenCV's VideoCapture and
// cv2.resize: upright pictures in the usual formats go through YuvResizer, all others through swscale and
// Resizer, which give the same. One converter belongs to one thread.
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
#include "data/yuv_resize.h"

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
  void to_rgb(const AVFrame& frame, std::uint8_t* rows, int stride);
  Pixels padded_rgb(const AVFrame& frame);
  bool straight(const AVFrame& frame) const;
  void follow_colour_tags(const AVFrame& frame);
  void resize(const Pixels& pixels, std::uint8_t* out);
  bool in_one_pass(const AVFrame& frame) const;
  void resize_in_one_pass(const AVFrame& frame, std::uint8_t* out);

  std::string name_;
  Orientation orientation_;
  FrameSize size_;
  Scaler scaler_;
  std::unique_ptr<Resizer> resizer_;
  FrameSize resizer_source_;
  std::unique_ptr<YuvResizer> yuv_resizer_;
  FrameSize yuv_source_;
  int yuv_format_ = AV_PIX_FMT_NONE;
  std::vector<std::uint8_t> rgb_, shown_;
};

}  // namespace c3d
