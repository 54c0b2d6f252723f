#include "c3d/video.h"

#include <optional>

#include "data/video_reader.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

std::optional<FrameSize> size_of(const VideoFileOptions& options) {
  expect(options.width >= 0 && options.height >= 0 && (options.width == 0 || options.height > 0),
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
  expect(!options.constant_rate || !rate.is_given(),
         "frames count at a constant rate or are taken by fps ({}): leave one of the two out", options.fps);
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

std::int64_t VideoFile::count_frames(const std::filesystem::path& path) { return c3d::count_frames(path); }

}  // namespace c3d
