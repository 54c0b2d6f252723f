#include "data/clip_reader.h"

#include <algorithm>
#include <cstring>

#include "data/crop.h"
#include "engine/core/error.h"
#include "engine/io/read_error.h"

namespace c3d {

ClipReader::ClipReader(const Dataset& dataset, const ClipSpec& spec, const OpenVideo& open, int open_videos)
    : dataset_(dataset), spec_(spec), open_(open), open_videos_(static_cast<std::size_t>(open_videos)) {}

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
  const bool fits = spec_.keeps_shape()
                        ? std::min(frames->width(), frames->height()) == spec_.resize_height
                        : frames->width() == spec_.resize_width && frames->height() == spec_.resize_height;
  expect(fits, "{}: opened as frames of {}x{}, not {}x{}", source.path.string(), frames->width(),
         frames->height(), spec_.resize_width, spec_.resize_height);
  opened_.push_front({video, std::move(frames)});
  return *opened_.front().frames;
}

// `count` frames at the clip's stride, cropped where frames keep their shape.
void ClipReader::read_run(FrameSource& source, const ClipRequest& request, std::int64_t first, int count,
                          std::span<std::uint8_t> out) {
  if (!spec_.keeps_shape()) return source.read(first, spec_.frame_stride, count, out);
  const auto start = [&](int extent, std::size_t axis) {
    const int room = extent - spec_.crop;
    return request.crop_bits ? static_cast<int>(below(room + 1, (*request.crop_bits)[axis])) : room / 2;
  };
  const SquareCrop crop{.width = source.width(),
                        .height = source.height(),
                        .top = start(source.height(), 0),
                        .left = start(source.width(), 1),
                        .side = spec_.crop};
  whole_.resize(static_cast<std::size_t>(count) * crop.whole_bytes());
  source.read(first, spec_.frame_stride, count, whole_);
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    copy_crop(crop, std::span(whole_).subspan(i * crop.whole_bytes()), out.subspan(i * crop.bytes()));
  }
}

void ClipReader::read(const ClipRequest& request, std::span<std::uint8_t> out) {
  const std::int64_t frames = dataset_.videos[static_cast<std::size_t>(request.video)].frames;
  const std::size_t frame_bytes = out.size() / static_cast<std::size_t>(spec_.clip_frames);
  const auto place = [&](int i) { return out.subspan(static_cast<std::size_t>(i) * frame_bytes); };
  const auto frame_at = [&](int i) { return clip_frame(spec_, request.first_frame, i, frames); };
  FrameSource& source = opened(request.video);
  try {
    for (int i = 0; i < spec_.clip_frames;) {
      // A frame that a short video shows twice is read once.
      int earlier = 0;
      while (earlier < i && frame_at(earlier) != frame_at(i)) ++earlier;
      if (earlier < i) {
        std::memcpy(place(i++).data(), place(earlier).data(), frame_bytes);
        continue;
      }
      int count = 1;
      while (i + count < spec_.clip_frames &&
             frame_at(i + count) == frame_at(i) + std::int64_t{count} * spec_.frame_stride) {
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
