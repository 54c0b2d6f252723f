#include "c3d/live/live_windows.h"

#include <algorithm>

namespace c3d {

std::optional<LiveClip> LiveWindows::add(std::span<const std::uint8_t> stored, const LiveMoment& moment) {
  std::ranges::copy(stored, frames_.frame(number_).begin());
  ++number_;
  if (number_ < next_window_ + spec_.span()) return std::nullopt;
  LiveClip window{{.video = 0, .first_frame = next_window_, .frames = frames_.clip(next_window_, number_)},
                  moment,
                  number_};
  next_window_ += spec_.step;
  return window;
}

}  // namespace c3d
