#include <fmt/format.h>

#include <optional>
#include <utility>

#include "data/video_index.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

// Cached frames while they are sound, else the video's own.
class CachedVideo : public FrameSource {
 public:
  CachedVideo(std::shared_ptr<VideoCache> cache, Video video, FrameCacheKey key,
              std::unique_ptr<FrameSource> cached, const ReadLimits& limits, const Numbering& numbering)
      : cache_(std::move(cache)),
        video_(std::move(video)),
        key_(std::move(key)),
        frames_(std::move(cached)),
        limits_(limits),
        numbering_(numbering) {}

  std::int64_t frame_count() const override { return frames_->frame_count(); }
  int width() const override { return frames_->width(); }
  int height() const override { return frames_->height(); }

  void read(std::int64_t first, int stride, int count, std::span<std::uint8_t> out) override {
    try {
      return frames_->read(first, stride, count, out);
    } catch (const DamagedFrames& error) {
      cache_->remove(key_);
      cache_->note(
          fmt::format("cached frames of {} are damaged and were removed, the video is decoded instead: {}",
                      printable(video_.path.native()), error.message()));
    }
    frames_ = open_frames(video_.path, video_.frames, key_.size, limits_, numbering_);
    frames_->read(first, stride, count, out);
  }

 private:
  std::shared_ptr<VideoCache> cache_;
  Video video_;
  FrameCacheKey key_;
  std::unique_ptr<FrameSource> frames_;
  ReadLimits limits_;
  Numbering numbering_;
};

}  // namespace

OpenVideo frame_opener(const IndexOptions& options) {
  return [cache = options.cache, resize = options.resize, limits = options.limits,
          numbering = options.numbering](const Video& video) -> std::unique_ptr<FrameSource> {
    if (cache->holds_frames()) {
      FrameCacheKey key = frame_cache_key(video.path, file_state(video.path), resize);
      std::unique_ptr<FrameSource> frames = cache->open(key, video.frames);
      if (frames != nullptr) {
        return std::make_unique<CachedVideo>(cache, video, std::move(key), std::move(frames), limits,
                                             numbering);
      }
      if (cache->uses(key)) {
        cache->note(fmt::format("frames are gone from {} or damaged there; their videos are decoded instead",
                                printable(cache->frames_folder().native())));
      }
    }
    return open_frames(video.path, video.frames, resize, limits, numbering);
  };
}

}  // namespace c3d
