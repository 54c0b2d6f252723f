#include <algorithm>
#include <utility>

#include "data/video_reader.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

class ForwardFrames : public FrameSource {
 public:
  ForwardFrames(const std::filesystem::path& path, std::int64_t frames, std::optional<FrameSize> resize,
                const ReadLimits& limits, const Numbering& numbering)
      : path_(path),
        resize_(resize),
        limits_(limits),
        numbering_(numbering),
        reader_(open()),
        frames_(frames) {}

  std::int64_t frame_count() const override { return frames_; }
  int width() const override { return reader_->width(); }
  int height() const override { return reader_->height(); }

  void read(std::int64_t first, int stride, int count, std::span<std::uint8_t> out) override {
    const std::size_t bytes = static_cast<std::size_t>(width()) * static_cast<std::size_t>(height()) * 3;
    expect(stride >= 1 && count >= 1 && out.size() == bytes * static_cast<std::size_t>(count),
           "{}: {} frames at stride {} into a buffer of {} bytes, {} bytes a frame", path_.string(), count,
           stride, out.size(), bytes);
    const std::int64_t last = first + std::int64_t{stride} * (count - 1);
    expect(first >= 0 && last < frames_, "{}: frames {} to {} of a video of {}", path_.string(), first, last,
           frames_);
    for (int i = 0; i < count; ++i)
      read_one(first + std::int64_t{stride} * i, out.subspan(bytes * static_cast<std::size_t>(i), bytes));
    last_.assign(out.end() - static_cast<std::ptrdiff_t>(bytes), out.end());
  }

 private:
  std::unique_ptr<VideoReader> open() const {
    return std::make_unique<VideoReader>(path_, resize_, numbering_, limits_);
  }
  void read_one(std::int64_t frame, std::span<std::uint8_t> out) {
    if (frame == next_ - 1 && !last_.empty()) {  // short clips may repeat their last frame
      std::copy(last_.begin(), last_.end(), out.begin());
      return;
    }
    if (frame < next_) {
      reader_ = open();
      next_ = 0;
    }
    last_.clear();
    while (next_ <= frame) {
      const bool wanted = next_ == frame;
      expect(reader_->next(wanted ? out : std::span<std::uint8_t>{}),
             "{}: frame {} does not decode, the video ends after {}", path_.string(), frame, next_);
      ++next_;
    }
  }

  std::filesystem::path path_;
  std::optional<FrameSize> resize_;
  ReadLimits limits_;
  Numbering numbering_;
  std::unique_ptr<VideoReader> reader_;
  std::int64_t frames_;
  std::int64_t next_ = 0;           // the frame that reader_ gives next
  std::vector<std::uint8_t> last_;  // frame next_ - 1 where it ended a read()
};

}  // namespace

std::unique_ptr<FrameSource> open_frames(const std::filesystem::path& path, std::int64_t frames,
                                         std::optional<FrameSize> resize, const ReadLimits& limits,
                                         const Numbering& numbering) {
  return std::make_unique<ForwardFrames>(path, frames, resize, limits, numbering);
}

std::int64_t count_frames(const std::filesystem::path& path) {
  VideoReader reader(path);
  std::int64_t frames = 0;
  while (reader.next({})) ++frames;
  return frames;
}

}  // namespace c3d
