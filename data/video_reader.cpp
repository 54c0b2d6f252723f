#include "data/video_reader.h"

#include <algorithm>
#include <cmath>

#include "data/frame_folder.h"
#include "data/reader_implementation.h"

namespace c3d {
namespace {

std::unique_ptr<VideoReader::Implementation> open_any(const std::filesystem::path& path,
                                                      std::optional<FrameSize> resize, Numbering numbering) {
  if (is_frame_folder(path)) return open_folder(path, resize);
  return open_file(path, resize, numbering);
}

}  // namespace

FrameSize fitted(FrameSize wanted, FrameSize shown) {
  if (wanted.width != 0) return wanted;
  const double scale = static_cast<double>(wanted.height) / std::min(shown.width, shown.height);
  return {static_cast<int>(std::lround(shown.width * scale)),
          static_cast<int>(std::lround(shown.height * scale))};
}

VideoReader::VideoReader(const std::filesystem::path& path, std::optional<FrameSize> resize,
                         Numbering numbering)
    : implementation_(open_any(path, resize, numbering)) {}
VideoReader::~VideoReader() = default;
const VideoFacts& VideoReader::facts() const { return implementation_->facts(); }
int VideoReader::width() const { return implementation_->size().width; }
int VideoReader::height() const { return implementation_->size().height; }
bool VideoReader::next(std::span<std::uint8_t> out) { return implementation_->next(out); }
double VideoReader::seconds() const { return implementation_->seconds(); }
ReadingTime VideoReader::time_taken() const { return implementation_->time_taken(); }

}  // namespace c3d
