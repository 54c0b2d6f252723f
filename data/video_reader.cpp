#include "data/video_reader.h"

#include <algorithm>
#include <cmath>

#include "data/frame_folder.h"
#include "data/reader_implementation.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

std::unique_ptr<VideoReader::Implementation> open_any(const std::filesystem::path& path,
                                                      std::optional<FrameSize> resize, Numbering numbering,
                                                      const ReadLimits& limits) {
  std::error_code unknown;
  if (!std::filesystem::is_directory(path, unknown)) return open_file(path, resize, numbering, limits);
  const FolderContents contents = look_into(path);
  switch (contents.kind) {
    case FolderKind::frames:
      expect(
          numbering.rule != Numbering::Rule::fps,
          "{}: numbered pictures have no times, by which {} frames a second (fps) could be taken: take each "
          "of them (fps file)",
          path, to_string(numbering.rate));
      return open_folder(path, resize, limits);
    case FolderKind::videos:
      fail("{}: is a folder of videos ({}): give the videos in it", path, contents.video.filename());
    case FolderKind::mixed:
      fail("{}: holds numbered pictures ({}) and videos ({}): put the pictures into a folder of their own",
           path, contents.picture.filename(), contents.video.filename());
    case FolderKind::neither:
      break;
  }
  fail("{}: is a folder, but neither a video nor one of numbered pictures", path);
}

}  // namespace

FrameSize fitted(FrameSize wanted, FrameSize shown) {
  if (wanted.width != 0) return wanted;
  const double scale = static_cast<double>(wanted.height) / std::min(shown.width, shown.height);
  return {static_cast<int>(std::lround(shown.width * scale)),
          static_cast<int>(std::lround(shown.height * scale))};
}

VideoReader::VideoReader(const std::filesystem::path& path, std::optional<FrameSize> resize,
                         Numbering numbering, const ReadLimits& limits)
    : implementation_(open_any(path, resize, numbering, limits)) {}
VideoReader::~VideoReader() = default;
const VideoFacts& VideoReader::facts() const { return implementation_->facts(); }
int VideoReader::width() const { return implementation_->size().width; }
int VideoReader::height() const { return implementation_->size().height; }
bool VideoReader::next(std::span<std::uint8_t> out) { return implementation_->next(out); }
double VideoReader::seconds() const { return implementation_->seconds(); }
std::int64_t VideoReader::decoded_number() const { return implementation_->decoded_number(); }
ReadingTime VideoReader::time_taken() const { return implementation_->time_taken(); }

bool can_be_read_again(const std::filesystem::path& path) {
  std::error_code unknown;
  const std::filesystem::file_status status = std::filesystem::status(path, unknown);
  return std::filesystem::is_regular_file(status) || std::filesystem::is_directory(status) ||
         std::filesystem::is_block_file(status);
}

}  // namespace c3d
