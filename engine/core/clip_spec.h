// What a clip is: which frames of a video make it, to which size they are resized, and which square of them
// the network sees. One description, which training, inference and measuring share. A clip of D frames at a
// stride s spans (D - 1) s + 1 frames of its video.
#pragma once

#include <cstdint>

#include "engine/core/frame_rate.h"

namespace c3d {

// stretch: to resize_width x resize_height, whatever the frame's shape. short_side: the shorter side becomes
// resize_height and the other follows, rounded to the nearest pixel.
enum class ResizeRule : std::uint8_t { stretch, short_side };
const char* to_string(ResizeRule rule);

// What fills a clip of a video that is shorter than it: the video again, or its last frame. skip: such a
// video gives no clip.
enum class ShortClips : std::uint8_t { loop, repeat, skip };
const char* to_string(ShortClips rule);

struct ClipSpec {
  // Of the video's frames, by their times; all that follows counts these. None: each frame of the file.
  FrameRate fps = {};
  int clip_frames = 16;
  int frame_stride = 1;  // from one frame of a clip to its next
  ShortClips short_clips = ShortClips::loop;

  // Where clips start, but for those that training draws: `clips` of them spread evenly over the video, first
  // and last frame included; step > 0: instead one every `step` frames.
  int clips = 10;
  int step = 0;
  int first_frame = 0;  // of the first clip, where there is a step

  ResizeRule resize = ResizeRule::stretch;
  int resize_width = 171, resize_height = 128;

  int crop = 112;  // side of the square
  // Of the evaluation crop, in the resized frame; -1: the centre, rounded down. Training draws its own.
  int crop_top = -1, crop_left = -1;
  // Squares of each clip that are judged: 1, the evaluation crop; 3 or 10, see data/crop_views.h.
  int crops = 1;
  double flip = 0.5;  // in training: probability that a clip is mirrored

  int span() const { return (clip_frames - 1) * frame_stride + 1; }

  // Clips are cropped when they are read, and stored so: augmented ones must be.
  bool crop_when_read = false;

  bool keeps_shape() const { return resize == ResizeRule::short_side; }
  // Frames whose shapes differ are cropped when they are read, too, so that all are stored alike; and where
  // three squares are judged, which are scaled to `crop`.
  bool stores_crops() const { return keeps_shape() || crop_when_read || crops == 3; }
  int stored_width() const { return stores_crops() ? crop : resize_width; }
  int stored_height() const { return stores_crops() ? crop : resize_height; }

  // In the stored frame.
  int evaluation_top() const {
    return crop_top >= 0 && !stores_crops() ? crop_top : (stored_height() - crop) / 2;
  }
  int evaluation_left() const {
    return crop_left >= 0 && !stores_crops() ? crop_left : (stored_width() - crop) / 2;
  }
};

}  // namespace c3d
