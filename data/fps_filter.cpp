#include "data/fps_filter.h"

#include "engine/core/error.h"

namespace c3d {
namespace {

constexpr double kMostOfFrame = 100000;  // of one frame: a larger step is a broken time stamp

}  // namespace

FpsFilter::Copies FpsFilter::next(std::optional<std::int64_t> tick) {
  Copies copies;
  if (holds_ && place_held() && tick) copies = copies_until(*tick);
  holds_ = true;
  held_ = tick;
  return copies;
}

FpsFilter::Copies FpsFilter::finish(std::int64_t end) {
  Copies copies;
  if (holds_ && place_held()) copies = copies_until(end);
  holds_ = false;
  return copies;
}

void FpsFilter::restart() {
  holds_ = false;
  next_.reset();
}

// False: the count has not begun, and a frame without a time does not begin it.
bool FpsFilter::place_held() {
  if (!next_) next_ = held_;
  return next_.has_value();
}

FpsFilter::Copies FpsFilter::copies_until(std::int64_t tick) {
  const std::int64_t from = next_.value_or(tick);
  if (tick <= from) return {from, 0};
  const double count = static_cast<double>(tick) - static_cast<double>(from);
  expect(
      count <= kMostOfFrame,
      "its time stamps jump by {:.0f} frames, which fps would fill with copies: take each frame of the file "
      "(fps file)",
      count);
  next_ = tick;
  return {from, tick - from};
}

}  // namespace c3d
