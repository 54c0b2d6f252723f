// How long a video is by what its head says, without decoding it: to share work out, not to count frames by.
#pragma once

#include <filesystem>

namespace c3d {

// Seconds; of a folder of frames, which has no times, its frames at 25 a second. 0: nothing says it, as of
// pipes, which are not opened, and of what is no video. Any thread.
double announced_seconds(const std::filesystem::path& path);

}  // namespace c3d
