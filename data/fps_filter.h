// The frames that FFmpeg's filter fps gives: `ffmpeg -i VIDEO -vf fps=N -vsync 0`. The rule is that of
// libavfilter/vf_fps.c (FFmpeg 5.1) with its defaults, start_time none, round near, eof_action round: a frame
// is shown from the tick nearest to its time until the next frame is, and the last one until the tick nearest
// to the end. Numbers of ticks alone, so that no frame passes through a filter graph.
#pragma once

#include <cstdint>
#include <optional>

namespace c3d {

class FpsFilter {
 public:
  struct Copies {
    std::int64_t tick = 0;   // at which the first of them is shown; the others follow tick by tick
    std::int64_t count = 0;  // 0: the frame is dropped
  };
  // The tick of the next decoded frame; nullopt: it has no time. Gives the copies of the frame before it.
  // Error: so many that a time stamp must be broken.
  Copies next(std::optional<std::int64_t> tick);
  // The copies of the last frame; `end`: the tick at which it is over. Error as of next().
  Copies finish(std::int64_t end);
  // FFmpeg's tool makes the filter anew where frames change size or format: the frame before is lost, but for
  // copies that it has given, and the next one starts as the first does.
  void restart();

 private:
  Copies copies_until(std::int64_t tick);
  bool place_held();

  bool holds_ = false;                // a frame, whose copies are not known yet
  std::optional<std::int64_t> held_;  // its tick
  std::optional<std::int64_t> next_;  // the tick that is given next
};

}  // namespace c3d
