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

CropPlace ClipReader::crop_place(const ClipRequest& request, int height, int width) const {
  const auto place = [&](int extent, int chosen, std::size_t axis) {
    const int room = extent - spec_.crop;
    if (request.crop_bits) return static_cast<int>(below(room + 1, (*request.crop_bits)[axis]));
    return chosen >= 0 && !spec_.keeps_shape() ? chosen : room / 2;
  };
  return {.top = place(height, spec_.crop_top, 0),
          .left = place(width, spec_.crop_left, 1),
          .flip = request.flip};
}

void ClipReader::read_or_close(FrameSource& source, const ClipRequest& request, std::span<std::uint8_t> out) {
  try {
    read_frames(source, request, out);
  } catch (...) {
    opened_.pop_front();  // a decoder that failed may be in any state
    throw;
  }
}

// As out [D,H,W,3].
void ClipReader::read_frames(FrameSource& source, const ClipRequest& request,
                             std::span<std::uint8_t> out) const {
  const std::int64_t frames = dataset_.videos[static_cast<std::size_t>(request.video)].frames;
  const std::size_t frame_bytes = out.size() / static_cast<std::size_t>(spec_.clip_frames);
  const auto place = [&](int i) { return out.subspan(static_cast<std::size_t>(i) * frame_bytes); };
  const auto frame_at = [&](int i) {
    return clip_frame(spec_, request.first_frame, i, frames, request.speed);
  };
  for (int i = 0; i < spec_.clip_frames;) {
    // A frame that a clip shows twice is read once.
    int earlier = 0;
    while (earlier < i && frame_at(earlier) != frame_at(i)) ++earlier;
    if (earlier < i) {
      std::memcpy(place(i++).data(), place(earlier).data(), frame_bytes);
      continue;
    }
    // As many as follow each other in equal steps are read at once.
    int count = 1;
    const std::int64_t step = i + 1 < spec_.clip_frames ? frame_at(i + 1) - frame_at(i) : 0;
    while (step > 0 && i + count < spec_.clip_frames &&
           frame_at(i + count) == frame_at(i) + std::int64_t{count} * step) {
      ++count;
    }
    source.read(frame_at(i), static_cast<int>(std::max<std::int64_t>(step, 1)), count,
                place(i).first(static_cast<std::size_t>(count) * frame_bytes));
    i += count;
  }
}

void ClipReader::read_whole(FrameSource& source, const ClipRequest& request, std::size_t bytes) {
  const std::pair clip(request.video, request.first_frame);
  if (spec_.crops > 1 && whole_clip_ == clip) return;
  whole_clip_.reset();
  whole_.resize(bytes);
  read_or_close(source, request, whole_);
  if (spec_.crops > 1) whole_clip_ = clip;
}

void ClipReader::cut_view(int view, int height, int width, std::span<std::uint8_t> out) {
  const CropView place = crop_views(spec_, height, width).at(static_cast<std::size_t>(view));
  const auto frames = static_cast<std::size_t>(spec_.clip_frames);
  const std::size_t frame = whole_.size() / frames, square = out.size() / frames;
  for (std::size_t i = 0; i < frames; ++i) {
    cutter_.cut(place, height, width, spec_.crop, std::span(whole_).subspan(i * frame, frame),
                out.subspan(i * square, square));
  }
}

void ClipReader::read(const ClipRequest& request, std::span<std::uint8_t> out) {
  FrameSource& source = opened(request.video);
  if (!spec_.stores_crops()) {
    if (spec_.crops == 1) return read_or_close(source, request, out);
    read_whole(source, request, out.size());
    std::ranges::copy(whole_, out.begin());
    return;
  }
  const int height = source.height(), width = source.width();
  const auto frames = static_cast<std::size_t>(spec_.clip_frames);
  if (spec_.crops > 1) {
    read_whole(source, request,
               frames * static_cast<std::size_t>(height) * static_cast<std::size_t>(width) * 3);
    return cut_view(request.view, height, width, out);
  }
  const CropPlace place = crop_place(request, height, width);
  const SquareCrop crop{
      .width = width, .height = height, .top = place.top, .left = place.left, .side = spec_.crop};
  whole_.resize(frames * crop.whole_bytes());
  read_or_close(source, request, whole_);
  if (request.augmentation) {
    if (!augmenter_) augmenter_.emplace(spec_.clip_frames, spec_.crop);
    augmenter_->run(*request.augmentation, place, whole_, height, width, out);
    return;
  }
  for (std::size_t i = 0; i < frames; ++i) {
    copy_crop(crop, std::span(whole_).subspan(i * crop.whole_bytes()), out.subspan(i * crop.bytes()));
  }
}

}  // namespace c3d
