// When each frame of a video is shown: by the file's time stamps where they rise from frame to frame, else by
// the frame rate. Seconds from the start of the video.
#pragma once

#include <cstdint>
#include <vector>

namespace c3d {

class FrameTimes {
 public:
  void set_fps(double fps) { fps_ = fps; }  // 0: the file does not say
  void add(double seconds);                 // of the next frame; negative: the file does not say

  std::int64_t frames() const { return frames_; }
  bool known() const { return stamped_ || fps_ > 0; }  // false: all times are given as 0
  double start(std::int64_t frame) const;              // frame may be frames(): the end of the video
  double duration() const { return start(frames_); }
  // Frames a second on the whole; 0: not known.
  double mean_fps() const;

 private:
  double fps_ = 0;
  std::int64_t frames_ = 0;
  bool stamped_ = true;  // every frame so far has a stamp, and they rise
  std::vector<double> stamps_;
};

}  // namespace c3d
