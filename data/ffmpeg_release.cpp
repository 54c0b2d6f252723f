#include "data/ffmpeg_release.h"

extern "C" {
#include <libavutil/avutil.h>
}

namespace c3d {

std::string ffmpeg_release() { return av_version_info(); }

}  // namespace c3d
