#include "data/video_length.h"

#include <algorithm>
#include <cstdint>

#include "data/frame_folder.h"
#include "data/video_decoder.h"
#include "data/video_reader.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

constexpr double kFramesPerSecond = 25;  // of folders of frames

double seconds_of(std::int64_t duration, AVRational time_base) {
  return duration == AV_NOPTS_VALUE ? 0 : static_cast<double>(duration) * av_q2d(time_base);
}

}  // namespace

double announced_seconds(const std::filesystem::path& path) {
  if (!can_be_read_again(path)) return 0;
  try {
    if (is_frame_folder(path)) {
      return static_cast<double>(read_frame_folder(path).frames.size()) / kFramesPerSecond;
    }
    const VideoDecoder decoder(path);
    const AVStream& stream = decoder.stream();
    const double whole = seconds_of(decoder.container().duration, AVRational{1, AV_TIME_BASE});
    return std::max(whole > 0 ? whole : seconds_of(stream.duration, stream.time_base), 0.0);
  } catch (const Error&) {
    return 0;  // who reads it says why
  }
}

}  // namespace c3d
