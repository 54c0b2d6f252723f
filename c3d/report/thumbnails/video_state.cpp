#include "c3d/report/thumbnails/video_state.h"

#include <system_error>

namespace c3d {

namespace fs = std::filesystem;

VideoState state_of(const fs::path& video) {
  std::error_code unknown;
  VideoState state;
  const std::uintmax_t bytes = fs::file_size(video, unknown);
  if (!unknown) state.bytes = bytes;
  const fs::file_time_type time = fs::last_write_time(video, unknown);
  if (!unknown) state.changed = time.time_since_epoch().count();
  return state;
}

}  // namespace c3d
