// Compiled in place of the pipeline's measurements where the build goes without FFmpeg.
#include "engine/core/error.h"
#include "tools/c3d_bench/pipeline_bench.h"

namespace c3d {
namespace {

[[noreturn]] void refuse(const std::string& videos) {
  fail("{}: this build reads no videos; configure it with -DC3D_WITH_FFMPEG=ON", videos);
}

}  // namespace

std::vector<std::filesystem::path> pipeline_videos(const std::string& videos) { refuse(videos); }
PipelineTimes measure_pipeline(Backend& /*backend*/, const PipelineRequest& request, int /*repeats*/) {
  refuse(request.videos);
}

}  // namespace c3d
