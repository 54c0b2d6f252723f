#include "data/clip_reader.h"

#include <algorithm>
#include <cstring>

#include "engine/core/error.h"

namespace c3d {
namespace {

// A decoder keeps several megabytes; more open videos than this are seldom met again within an epoch.
constexpr std::size_t kOpenVideos = 4;

}  // namespace

ClipReader::ClipReader(const Dataset& dataset, const ClipRule& rule, const OpenVideo& open)
    : dataset_(dataset), rule_(rule), open_(open) {}

FrameSource& ClipReader::opened(std::int32_t video) {
  const auto found = std::find_if(opened_.begin(), opened_.end(),
                                  [video](const OpenedVideo& opened) { return opened.video == video; });
  if (found != opened_.end()) {
    opened_.splice(opened_.begin(), opened_, found);
    return *opened_.front().frames;
  }
  const Video& source = dataset_.videos[static_cast<std::size_t>(video)];
  std::unique_ptr<FrameSource> frames = open_(source);
  expect(frames->width() == rule_.source_width && frames->height() == rule_.source_height,
         "{}: opened as frames of {}x{}, not {}x{}", source.path.string(), frames->width(), frames->height(),
         rule_.source_width, rule_.source_height);
  opened_.push_front({video, std::move(frames)});
  if (opened_.size() > kOpenVideos) opened_.pop_back();
  return *opened_.front().frames;
}

void ClipReader::read(const ClipRequest& request, std::span<std::uint8_t> out) {
  const std::int64_t frames = dataset_.videos[static_cast<std::size_t>(request.video)].frames;
  const std::size_t frame_bytes = out.size() / static_cast<std::size_t>(rule_.clip_frames);
  const auto place = [&](int i) { return out.subspan(static_cast<std::size_t>(i) * frame_bytes); };
  const auto frame_at = [&](int i) {
    return clip_frame(request.first_frame, i, rule_.frame_stride, frames, rule_.short_clips);
  };
  FrameSource& source = opened(request.video);
  try {
    for (int i = 0; i < rule_.clip_frames;) {
      // A frame that a short video shows twice is read once.
      int earlier = 0;
      while (earlier < i && frame_at(earlier) != frame_at(i)) ++earlier;
      if (earlier < i) {
        std::memcpy(place(i++).data(), place(earlier).data(), frame_bytes);
        continue;
      }
      int count = 1;
      while (i + count < rule_.clip_frames &&
             frame_at(i + count) == frame_at(i) + std::int64_t{count} * rule_.frame_stride) {
        ++count;
      }
      source.read(frame_at(i), rule_.frame_stride, count,
                  place(i).first(static_cast<std::size_t>(count) * frame_bytes));
      i += count;
    }
  } catch (...) {
    opened_.pop_front();  // a decoder that failed may be in any state
    throw;
  }
}

}  // namespace c3d
