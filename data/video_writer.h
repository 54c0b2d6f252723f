// Encodes frames into a video file by FFmpeg: H.264 through libx264, where FFmpeg was built without it through
// OpenH264, and MPEG-4 part 2 where it has neither or OpenH264 does not take the size (odd, or beyond 4096x2304).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

namespace c3d {

struct VideoWriterOptions {
  int width = 0, height = 0;
  double fps = 25;
  int b_frames = 2;
  int key_frame_every = 250;
  int quality = 23;  // libx264's crf, OpenH264's quantiser
};

// Error, which names what there is: no container that we write has the path's extension. Asks nothing of the
// disk.
void check_video_name(const std::filesystem::path& path);

// Memory stays bounded at any size: of large pictures the encoder keeps fewer, and compresses them less.
class VideoWriter {
 public:
  VideoWriter(const std::filesystem::path& path, const VideoWriterOptions& options);
  ~VideoWriter();  // without finish(): the part is removed
  VideoWriter(const VideoWriter&) = delete;
  VideoWriter& operator=(const VideoWriter&) = delete;

  void write(std::span<const std::uint8_t> rgb);  // [H,W,3]
  void finish();                                  // flushes, then renames the finished file into place

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace c3d
