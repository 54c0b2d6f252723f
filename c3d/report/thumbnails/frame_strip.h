// Three frames of a video beside each other, as a small picture.
#pragma once

#include <cstdint>
#include <string>

#include "data/frame_source.h"
#include "data/video_reader.h"

namespace c3d {

// Pixels of a strip's frames, at most; they are at most twice as wide. And those between two.
inline constexpr int kStripHeight = 90;
inline constexpr int kStripFrameGap = 3;
// Of a strip of frames of this size, which are never made larger.
FrameSize strip_frame_size(int width, int height);

struct FrameStrip {
  std::string jpeg;  // bytes of the file
  int width = 0, height = 0;
};

// The first, the middle and the last of the first `count` frames, each resized to `frame`, with `gap` white
// pixels between them. Error: they do not decode, or there is none.
FrameStrip frame_strip(FrameSource& frames, std::int64_t count, FrameSize frame, int gap);

}  // namespace c3d
