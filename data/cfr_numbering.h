// The frame numbers of `ffmpeg -i VIDEO %06d.jpg`, which most published lists of frames count by: FFmpeg
// writes one picture per tick of a constant rate, and doubles or drops decoded frames where their time stamps
// leave it. Follows the rule of FFmpeg 5.1 (fftools/ffmpeg.c, do_video_out).
#pragma once

#include <array>
#include <cstdint>

namespace c3d {

class CfrNumbering {
 public:
  struct Copies {
    std::int64_t of_last = 0;  // the frame before is given again so often,
    std::int64_t of_this = 0;  // then this one; both 0: it is dropped
  };
  // alone: the file holds nothing but this video; then ticks count from its first frame, else from the file's
  // start.
  explicit CfrNumbering(bool alone = false) : alone_(alone) {}
  // Of the next decoded frame: where it begins and how long it lasts, in ticks from the start of the file.
  Copies next(double position, double duration);
  // Of one without a time stamp: it is dropped.
  Copies next_unstamped() { return note({0, 0}); }
  std::int64_t copies_at_end() const;  // of the last frame

 private:
  Copies note(Copies copies);

  bool alone_;
  std::int64_t ticks_ = 0, given_ = 0;
  bool any_before_ = false;
  std::array<std::int64_t, 3> doubled_{};  // of the last three frames: copies of the one before
};

}  // namespace c3d
