// FrameSource over one video file, through FFmpeg. Frames are numbered as the decoder emits them, never by
// time stamps or header counts. Rotation metadata is applied. Pixels become RGB at full size as OpenCV's
// VideoCapture converts them, then are resized bilinearly as cv2.resize does (half-pixel centres, no
// antialiasing). One reader belongs to one thread.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/frame_source.h"

namespace c3d {

struct FrameSize {
  int width = 0, height = 0;
};

struct VideoFacts {
  int width = 0, height = 0;  // as shown, after rotation
  double fps = 0;             // 0: unknown
  std::string codec;
  std::vector<std::string> warnings;  // "3 packets did not decode", "frames change size"
};

class VideoReader {
 public:
  // Error: no such file, no video in it, no decoder. Decoding goes on past damaged packets as the decoder
  // allows; a file without a single frame is an error.
  explicit VideoReader(const std::filesystem::path& path, std::optional<FrameSize> resize = std::nullopt);
  ~VideoReader();
  VideoReader(const VideoReader&) = delete;
  VideoReader& operator=(const VideoReader&) = delete;

  const VideoFacts& facts() const;
  int width() const;  // of the frames given: the resized or the shown size
  int height() const;
  // The next frame in decode order as [H,W,3] RGB; false at the end. An empty `out` skips the conversion.
  bool next(std::span<std::uint8_t> out);
  // Seconds from the start of the frame last given; negative where the file does not say.
  double seconds() const;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

// All frames of the file, counted by decoding.
std::int64_t count_frames(const std::filesystem::path& path);

// Random access by number over a VideoReader: goes forward, or starts again from the first frame.
std::unique_ptr<FrameSource> open_frames(const std::filesystem::path& path, std::int64_t frames,
                                         std::optional<FrameSize> resize);

}  // namespace c3d
