// The frames of a video file, or of a folder of numbered pictures (000001.jpg ...), one after the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "c3d/export.h"

namespace c3d {

struct VideoFileOptions {
  // Pixels of the frames that are given. Both 0: as they are shown. Only width 0: the shorter side becomes
  // `height`, and the other follows the picture's shape. Resized bilinearly, as OpenCV does.
  int width = 0, height = 0;
  // Counts frames as `ffmpeg -i VIDEO %06d.jpg` does, which doubles or drops some to keep a constant rate.
  // Else frames are those that the decoder gives, whatever their time stamps.
  bool constant_rate = false;
  // Frames a second, 0.001 to 1000: "25", "29.97", "30000/1001". Those are given that
  // `ffmpeg -i VIDEO -vf fps=N -vsync 0` gives: frames are left out or repeated by their times. Empty or
  // "file": each frame of the file. Not for folders of pictures, which have no times, nor with constant_rate.
  std::string fps = {};
  double read_timeout = 30;  // seconds to wait for a pipe or device that gives nothing
};

struct VideoFileProperties {
  int width = 0, height = 0;          // in pixels, as shown, after rotation
  double frame_rate = 0;              // frames a second, as the file says; 0: it does not
  std::string codec;                  // "h264"
  std::vector<std::string> warnings;  // so far: "3 packets did not decode"
};

// One file being read. Belongs to one thread at a time. A moved-from one may only be destroyed or assigned
// to.
class C3D_API VideoFile {
 public:
  // Error: no such file, no video in it, no decoder for it, frames beyond 8192 x 8192.
  explicit VideoFile(const std::filesystem::path& path, const VideoFileOptions& options = {});
  ~VideoFile();
  VideoFile(VideoFile&& other) noexcept;
  VideoFile& operator=(VideoFile&& other) noexcept;

  VideoFileProperties properties() const;
  int width() const;  // in pixels, of the frames that are given
  int height() const;
  std::size_t frame_bytes() const {
    return static_cast<std::size_t>(width()) * static_cast<std::size_t>(height()) * 3;
  }

  // The next frame as [height, width, 3] bytes of red, green and blue, into `rgb`, which has frame_bytes().
  // False after the last one. Goes on past damaged parts as the decoder allows. Error: a read that fails or
  // stalls, frames that cannot be decoded at all.
  bool read(std::span<std::uint8_t> rgb);
  bool skip();  // as read(), without the frame
  // When the frame last given is shown, in seconds from the start; negative where the file does not say.
  double seconds() const;
  // Degrees to the right, 0, 90, 180 or 270, that the file asks for; frames that are given have been turned.
  int rotation() const;

  // Frames of the file, whatever their times, by decoding all of it. Errors as above.
  static std::int64_t count_frames(const std::filesystem::path& path);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// The frames of one file by number, in any order. Opening it decodes all of it once, to count them. Belongs to
// one thread at a time. A moved-from one may only be destroyed or assigned to.
class C3D_API VideoFrames {
 public:
  // Errors as of VideoFile, and a pipe, which gives its frames once.
  explicit VideoFrames(const std::filesystem::path& path, const VideoFileOptions& options = {});
  ~VideoFrames();
  VideoFrames(VideoFrames&& other) noexcept;
  VideoFrames& operator=(VideoFrames&& other) noexcept;

  std::int64_t count() const;
  int width() const;  // in pixels, of the frames that are given
  int height() const;
  // When a frame is shown, in seconds from the start; negative where the file does not say.
  double seconds(std::int64_t frame) const;
  // These frames as [frames, height, width, 3] bytes of red, green and blue. Decoding goes forward: frames
  // before the last ones read make it start again. Error: a number that there is not, a frame that does not
  // decode.
  void read(std::span<const std::int64_t> frames, std::span<std::uint8_t> rgb);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace c3d
