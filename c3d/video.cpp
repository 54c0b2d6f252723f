#include "c3d/video.h"

#include <algorithm>
#include <optional>

#include "data/video_reader.h"
#include "engine/core/argument.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

std::optional<FrameSize> size_of(const VideoFileOptions& options) {
  expect_argument(options.width >= 0 && options.height >= 0 && (options.width == 0 || options.height > 0),
                  "frames of {}x{} pixels: both are 0, or the height is more", options.width, options.height);
  if (options.height == 0) return std::nullopt;
  return FrameSize{options.width, options.height};
}

ReadLimits limits_of(const VideoFileOptions& options) {
  ReadLimits limits;
  limits.timeout_seconds = options.read_timeout;
  return limits;
}

Numbering numbering_of(const VideoFileOptions& options) {
  const FrameRate rate = options.fps.empty() ? FrameRate() : parse_frame_rate(options.fps);
  expect_argument(!options.constant_rate || !rate.is_given(),
                  "frames count at a constant rate or are taken by fps ({}): leave one of the two out",
                  options.fps);
  return options.constant_rate ? Numbering::kFfmpegCfr : Numbering::at(rate);
}

}  // namespace

class VideoFile::Impl {
 public:
  Impl(const std::filesystem::path& path, const VideoFileOptions& options)
      : reader(path, size_of(options), numbering_of(options), limits_of(options)) {}

  VideoReader reader;
};

VideoFile::VideoFile(const std::filesystem::path& path, const VideoFileOptions& options)
    : impl_(std::make_unique<Impl>(path, options)) {}
VideoFile::~VideoFile() = default;
VideoFile::VideoFile(VideoFile&& other) noexcept = default;
VideoFile& VideoFile::operator=(VideoFile&& other) noexcept = default;

VideoFileProperties VideoFile::properties() const {
  const VideoFacts& facts = impl_->reader.facts();
  return {.width = facts.width,
          .height = facts.height,
          .frame_rate = facts.fps,
          .codec = facts.codec,
          .warnings = facts.warnings};
}

int VideoFile::width() const { return impl_->reader.width(); }
int VideoFile::height() const { return impl_->reader.height(); }

bool VideoFile::read(std::span<std::uint8_t> rgb) {
  expect(rgb.size() == frame_bytes(), "a frame has {} bytes, and {} were given for it", frame_bytes(),
         rgb.size());
  return impl_->reader.next(rgb);
}

bool VideoFile::skip() { return impl_->reader.next({}); }
double VideoFile::seconds() const { return impl_->reader.seconds(); }
int VideoFile::rotation() const { return impl_->reader.facts().turned; }

std::int64_t VideoFile::count_frames(const std::filesystem::path& path) { return c3d::count_frames(path); }

class VideoFrames::Impl {
 public:
  Impl(const std::filesystem::path& path, const VideoFileOptions& options) {
    expect(can_be_read_again(path), "{}: is a pipe, which gives its frames once, in their order", path);
    const Numbering numbering = numbering_of(options);
    {
      VideoReader reader(path, size_of(options), numbering, limits_of(options));
      while (reader.next({})) seconds.push_back(reader.seconds());
    }
    frames = open_frames(path, count(), size_of(options), limits_of(options), numbering);
  }
  std::int64_t count() const { return std::ssize(seconds); }
  std::size_t frame_bytes() const {
    return static_cast<std::size_t>(frames->width()) * static_cast<std::size_t>(frames->height()) * 3;
  }

  std::vector<double> seconds;  // of each frame
  std::unique_ptr<FrameSource> frames;
};

VideoFrames::VideoFrames(const std::filesystem::path& path, const VideoFileOptions& options)
    : impl_(std::make_unique<Impl>(path, options)) {}
VideoFrames::~VideoFrames() = default;
VideoFrames::VideoFrames(VideoFrames&& other) noexcept = default;
VideoFrames& VideoFrames::operator=(VideoFrames&& other) noexcept = default;

std::int64_t VideoFrames::count() const { return impl_->count(); }
int VideoFrames::width() const { return impl_->frames->width(); }
int VideoFrames::height() const { return impl_->frames->height(); }

double VideoFrames::seconds(std::int64_t frame) const {
  expect_argument(frame >= 0 && frame < count(), "frame {} of a video of {}", frame, count());
  return impl_->seconds[static_cast<std::size_t>(frame)];
}

void VideoFrames::read(std::span<const std::int64_t> frames, std::span<std::uint8_t> rgb) {
  const std::size_t bytes = impl_->frame_bytes();
  expect(rgb.size() == bytes * frames.size(), "{} frames have {} bytes, and {} were given for them",
         frames.size(), bytes * frames.size(), rgb.size());
  std::vector<std::size_t> order(frames.size());  // in which they are decoded
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return frames[i]; });
  for (const std::size_t i : order) {
    expect_argument(frames[i] >= 0 && frames[i] < count(), "frame {} of a video of {}", frames[i], count());
    impl_->frames->read(frames[i], 1, 1, rgb.subspan(i * bytes, bytes));
  }
}

}  // namespace c3d
