// Frames of a live stream as they come, and the windows that they complete: one every `step` frames of a
// section, whose last frame has come. One thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>

#include "c3d/inference/clip_stream.h"
#include "c3d/inference/stored_frames.h"

namespace c3d {

// When a frame came, by three clocks.
struct LiveMoment {
  std::chrono::steady_clock::time_point arrival;
  std::chrono::system_clock::time_point time;
  double seconds = 0;  // of the stream, from the first frame that ever came
};

struct LiveClip {
  Clip clip;
  LiveMoment last;             // of its last frame
  std::int64_t end_frame = 0;  // the one after its last

  std::int64_t first_frame() const { return clip.first_frame; }
};

class LiveWindows {
 public:
  explicit LiveWindows(const ClipSpec& spec) : spec_(spec), frames_(spec_, spec.span()) {}
  LiveWindows(const LiveWindows&) = delete;
  LiveWindows& operator=(const LiveWindows&) = delete;

  // What comes now does not follow what came: no window holds frames of both.
  void begin_section() { next_window_ = number_; }
  // The next frame, stored as the spec says, and the window of which it is the last.
  std::optional<LiveClip> add(std::span<const std::uint8_t> stored, const LiveMoment& moment);
  std::int64_t frames() const { return number_; }  // that came

 private:
  ClipSpec spec_;
  StoredFrames frames_;           // as many as one window spans
  std::int64_t number_ = 0;       // of the next frame
  std::int64_t next_window_ = 0;  // its first frame
};

}  // namespace c3d
