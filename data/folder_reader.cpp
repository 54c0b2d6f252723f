#include "data/frame_folder.h"
#include "data/reader_implementation.h"

namespace c3d {
namespace {

class FolderReader : public VideoReader::Implementation {
 public:
  FolderReader(const std::filesystem::path& path, std::optional<FrameSize> resize, const ReadLimits& limits)
      : limits_(limits), folder_(read_frame_folder(path)) {
    const VideoReader first(folder_.frames[0], resize, Numbering::kDecode, limits_);
    time_taken_ = first.time_taken();
    facts_ = first.facts();
    facts_.fps = 0;
    facts_.first_number = folder_.first_number;
    size_ = {first.width(), first.height()};
  }

  bool next(std::span<std::uint8_t> out) override {
    if (next_ == folder_.frames.size()) return false;
    const std::filesystem::path& picture = folder_.frames[next_++];
    if (out.empty()) return true;
    VideoReader reader(picture, size_, Numbering::kDecode, limits_);
    reader.next(out);
    time_taken_ += reader.time_taken();
    return true;
  }
  double seconds() const override { return -1; }
  std::int64_t decoded_number() const override { return static_cast<std::int64_t>(next_) - 1; }
  ReadingTime time_taken() const override { return time_taken_; }
  const VideoFacts& facts() const override { return facts_; }
  const FrameSize& size() const override { return size_; }

 private:
  ReadLimits limits_;
  FrameFolder folder_;
  VideoFacts facts_;
  FrameSize size_;
  std::size_t next_ = 0;
  ReadingTime time_taken_;
};

}  // namespace

std::unique_ptr<VideoReader::Implementation> open_folder(const std::filesystem::path& path,
                                                         std::optional<FrameSize> resize,
                                                         const ReadLimits& limits) {
  return std::make_unique<FolderReader>(path, resize, limits);
}

}  // namespace c3d
