#include "c3d/explanation/video_heat.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>

#include "c3d/explanation/clip_heat.h"
#include "c3d/report/html/text.h"
#include "data/clip_sampler.h"

namespace c3d {
namespace {

constexpr const char* kLayer = "conv5b";
// Of transformed filters: each is used once for a clip, so that more would be memory for nothing.
constexpr std::size_t kMostPackedBytes = 256'000'000;

// Whole frames, of the clip in the middle of a video.
ClipSpec middle_clip(ClipSpec spec) {
  spec.clips = 1;
  spec.step = 0;
  spec.crops = 1;
  spec.crop_when_read = false;
  return spec;
}

}  // namespace

BackendSpec heat_backend(BackendSpec spec) {
  spec.plan = "fixed";
  spec.inference = true;
  spec.graphs = false;
  spec.max_packed_bytes =
      spec.max_packed_bytes == 0 ? kMostPackedBytes : std::min(spec.max_packed_bytes, kMostPackedBytes);
  return spec;
}

VideoHeat::VideoHeat(Classifier& classifier, const ClipSpec& spec, Open open)
    : spec_(middle_clip(spec)), open_(std::move(open)), cam_(classifier, kLayer) {}

std::vector<LabelStrip> VideoHeat::strips(const HeatVideo& video) {
  const auto source = open_(video);
  const std::int64_t count = video.frames > 0 ? video.frames : source->frame_count();
  const std::int64_t first = clip_starts(spec_, count).front();
  const auto frame =
      static_cast<std::size_t>(source->width()) * static_cast<std::size_t>(source->height()) * 3;
  std::vector<std::uint8_t> frames(static_cast<std::size_t>(spec_.clip_frames) * frame);
  for (int i = 0; i < spec_.clip_frames; ++i) {
    source->read(clip_frame(spec_, first, i, count), 1, 1,
                 std::span(frames).subspan(static_cast<std::size_t>(i) * frame, frame));
  }
  std::vector<LabelStrip> strips;
  for (const std::size_t label : video.labels) {
    const HeatPicture picture = heat_picture(cam_, frames, source->width(), source->height(), spec_, label);
    strips.push_back({.label = label,
                      .first_frame = first,
                      .last_frame = std::min(first + spec_.span(), count) - 1,
                      .is_blank = picture.is_blank,
                      .jpeg = base64(picture.jpeg)});
  }
  return strips;
}

}  // namespace c3d
