// Which frames of a live stream count, and how often, where clips are made of so many frames a second: those
// that ffmpeg -vf fps=N gives (data/fps_filter.h), by presentation times. A stream whose time jumps begins
// anew. One thread at a time.
#pragma once

#include <cstdint>
#include <optional>

#include "data/fps_filter.h"
#include "engine/core/clip_spec.h"

namespace c3d {

class LiveNumbering {
 public:
  explicit LiveNumbering(const ClipSpec& spec);

  struct Step {
    std::int64_t copies_of_last = 0;  // of the frame before this one: how often it counts
    bool begins_section = false;      // this frame does not follow those before it
  };
  // Of a frame with this presentation time.
  Step next(double seconds);
  void restart();  // what comes next does not follow what came

 private:
  double rate_;
  std::int64_t longest_jump_;  // ticks
  FpsFilter filter_;
  std::optional<std::int64_t> last_;  // tick
};

}  // namespace c3d
