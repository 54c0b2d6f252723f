#include "data/clip_reader.h"

#include <algorithm>
#include <cstring>

#include "engine/core/error.h"
#include "engine/io/read_error.h"

namespace c3d {

ClipReader::ClipReader(const Dataset& dataset, const ClipRule& rule, const OpenVideo& open, int open_videos)
    : dataset_(dataset), rule_(rule), open_(open), open_videos_(static_cast<std::size_t>(open_videos)) {}

// Where a limit of this process may be in the way, again without those that are kept open.
std::unique_ptr<FrameSource> ClipReader::open(const Video& video) {
  if (opened_.size() >= open_videos_) opened_.pop_back();
  try {
    return open_(video);
  } catch (const ReadError&) {
    if (opened_.empty()) throw;
  }
  opened_.clear();
  return open_(video);
}

FrameSource& ClipReader::opened(std::int32_t video) {
  const auto found = std::find_if(opened_.begin(), opened_.end(),
                                  [video](const OpenedVideo& opened) { return opened.video == video; });
  if (found != opened_.end()) {
    opened_.splice(opened_.begin(), opened_, found);
    return *opened_.front().frames;
  }
  const Video& source = dataset_.videos[static_cast<std::size_t>(video)];
  std::unique_ptr<FrameSource> frames = open(source);
  const bool fits = rule_.keep_shape
                        ? std::min(frames->width(), frames->height()) == rule_.source_height
                        : frames->width() == rule_.source_width && frames->height() == rule_.source_height;
  expect(fits, "{}: opened as frames of {}x{}, not {}x{}", source.path.string(), frames->width(),
         frames->height(), rule_.source_width, rule_.source_height);
  opened_.push_front({video, std::move(frames)});
  return *opened_.front().frames;
}

// `count` frames at the rule's stride, cropped where frames keep their shape.
void ClipReader::read_run(FrameSource& source, const ClipRequest& request, std::int64_t first, int count,
                          std::span<std::uint8_t> out) {
  if (!rule_.keep_shape) return source.read(first, rule_.frame_stride, count, out);
  const auto width = static_cast<std::size_t>(source.width()),
             height = static_cast<std::size_t>(source.height());
  const auto side = static_cast<std::size_t>(rule_.crop);
  const auto start = [&](std::size_t extent, std::size_t axis) {
    const auto room = static_cast<std::int64_t>(extent - side);
    return static_cast<std::size_t>(request.crop_bits ? below(room + 1, (*request.crop_bits)[axis])
                                                      : room / 2);
  };
  const std::size_t top = start(height, 0), left = start(width, 1), frames = static_cast<std::size_t>(count);
  whole_.resize(frames * width * height * 3);
  source.read(first, rule_.frame_stride, count, whole_);
  for (std::size_t i = 0; i < frames; ++i) {
    for (std::size_t row = 0; row < side; ++row) {
      std::memcpy(out.data() + (i * side + row) * side * 3,
                  whole_.data() + ((i * height + top + row) * width + left) * 3, side * 3);
    }
  }
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
      read_run(source, request, frame_at(i), count,
               place(i).first(static_cast<std::size_t>(count) * frame_bytes));
      i += count;
    }
  } catch (...) {
    opened_.pop_front();  // a decoder that failed may be in any state
    throw;
  }
}

}  // namespace c3d
