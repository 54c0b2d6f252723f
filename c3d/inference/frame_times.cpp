#include "c3d/inference/frame_times.h"

namespace c3d {

void FrameTimes::add(double seconds) {
  ++frames_;
  if (!stamped_) return;
  stamped_ = seconds >= 0 && (stamps_.empty() || seconds > stamps_.back());
  if (stamped_) {
    stamps_.push_back(seconds);
  } else {
    stamps_ = {};
  }
}

double FrameTimes::start(std::int64_t frame) const {
  if (stamped_ && frame < frames_) return stamps_[static_cast<std::size_t>(frame)];
  // The last frame lasts as long as the others do on average; a single one, as the rate says.
  if (stamped_ && frames_ > 1) {
    return stamps_.back() + (stamps_.back() - stamps_.front()) / static_cast<double>(frames_ - 1);
  }
  return fps_ > 0 ? static_cast<double>(frame) / fps_ : 0;
}

double FrameTimes::mean_fps() const {
  if (stamped_ && frames_ > 1) return static_cast<double>(frames_ - 1) / (stamps_.back() - stamps_.front());
  return fps_;
}

}  // namespace c3d
