#include "c3d/live/live_numbering.h"

#include <algorithm>
#include <cmath>

namespace c3d {
namespace {

// A pause of a camera that is shown as its last picture; a longer one, or a step back, is another time.
constexpr double kLongestPause = 10;  // seconds

}  // namespace

LiveNumbering::LiveNumbering(const ClipSpec& spec)
    : rate_(spec.fps.value()),
      longest_jump_(std::max<std::int64_t>(spec.span(), std::llround(kLongestPause * rate_))) {}

void LiveNumbering::restart() {
  filter_.restart();
  last_.reset();
}

LiveNumbering::Step LiveNumbering::next(double seconds) {
  const std::int64_t tick = std::llround(seconds * rate_);
  const bool jumps = last_ && (tick - *last_ > longest_jump_ || tick < *last_);
  if (jumps) restart();
  last_ = tick;
  return {filter_.next(tick).count, jumps};
}

}  // namespace c3d
