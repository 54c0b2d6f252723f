// Frames of one video file, or of a folder of numbered pictures (data/frame_folder.h), through FFmpeg. Frames
// are numbered as the decoder emits them, never by header counts, and by time stamps where told to
// (data/numbering.h). Rotation metadata is applied. Pixels become RGB at full size as OpenCV's VideoCapture
// converts them, then are resized bilinearly as cv2.resize does (half-pixel centres, no antialiasing). One
// reader belongs to one thread.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/frame_source.h"
#include "data/numbering.h"
#include "data/read_limits.h"
#include "engine/core/clip_spec.h"

namespace c3d {

// Where a size is asked for, width 0 means: the shorter side becomes `height`, and the other follows the
// picture's shape, to the nearest pixel.
struct FrameSize {
  int width = 0, height = 0;
};
FrameSize fitted(FrameSize wanted, FrameSize shown);  // the size that `wanted` asks for
inline FrameSize read_size(const ClipSpec& spec) {    // to ask for the frames of these clips
  return {spec.keeps_shape() ? 0 : spec.resize_width, spec.resize_height};
}

struct VideoFacts {
  int width = 0, height = 0;  // as shown, after rotation
  double fps = 0;             // 0: unknown
  std::string codec;
  std::int64_t announced_frames = 0;  // by the header; 0: it does not say
  int turned = 0;                     // degrees to the right that the file asks for: 0, 90, 180 or 270
  bool interlaced = false;            // two fields a picture, as far as the stream says
  std::int64_t first_number = 0;      // of the first frame, as its source counts: 1 in most folders of frames
  std::vector<std::string> warnings;  // "3 packets did not decode", "frames change size"
};

// On the clock, since a reader was made.
struct ReadingTime {
  double decode_seconds = 0;  // opening and decoding
  double resize_seconds = 0;  // turning into RGB and resizing
  ReadingTime& operator+=(const ReadingTime& other) {
    decode_seconds += other.decode_seconds;
    resize_seconds += other.resize_seconds;
    return *this;
  }
};

class VideoReader {
 public:
  // ReadError, which next() may throw too: no such file, or it cannot be read. Error: no video in it, no
  // decoder, frames beyond the limits. Decoding goes on past damaged packets as the decoder
  // allows; a file without a single frame is an error. Numberings by time give frames again, or leave them
  // out, as data/cfr_numbering.h and data/fps_filter.h say; folders of frames have their numbers, and no fps.
  explicit VideoReader(const std::filesystem::path& path, std::optional<FrameSize> resize = std::nullopt,
                       Numbering numbering = Numbering::kDecode, const ReadLimits& limits = {});
  ~VideoReader();
  VideoReader(const VideoReader&) = delete;
  VideoReader& operator=(const VideoReader&) = delete;

  const VideoFacts& facts() const;
  int width() const;  // of the frames given: the resized or the shown size
  int height() const;
  // The next frame in decode order as [H,W,3] RGB; false at the end. An empty `out` skips the conversion.
  // Error: a numbering by time drops all frames, so false comes after one frame at least.
  bool next(std::span<std::uint8_t> out);
  // Seconds from the start of the frame last given; negative where the file does not say.
  double seconds() const;
  // Of the frame last given, among all that decode, from 0: numberings by time repeat frames and leave some
  // out.
  std::int64_t decoded_number() const;
  ReadingTime time_taken() const;

  class Implementation;  // reader_implementation.h

 private:
  std::unique_ptr<Implementation> implementation_;
};

// All frames of the file, counted by decoding.
std::int64_t count_frames(const std::filesystem::path& path);

// False for pipes and the like, which give what they hold once.
bool can_be_read_again(const std::filesystem::path& path);

// Random access by number over a VideoReader: goes forward, or starts again from the first frame.
std::unique_ptr<FrameSource> open_frames(const std::filesystem::path& path, std::int64_t frames,
                                         std::optional<FrameSize> resize, const ReadLimits& limits = {},
                                         const Numbering& numbering = Numbering::kDecode);

}  // namespace c3d
