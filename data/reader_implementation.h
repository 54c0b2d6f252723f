// What is behind a VideoReader: a file or a folder of numbered pictures.
#pragma once

#include "data/video_reader.h"

namespace c3d {

class VideoReader::Implementation {
 public:
  virtual ~Implementation() = default;
  virtual bool next(std::span<std::uint8_t> out) = 0;
  virtual double seconds() const = 0;
  virtual std::int64_t decoded_number() const = 0;
  virtual ReadingTime time_taken() const = 0;
  virtual const VideoFacts& facts() const = 0;
  virtual const FrameSize& size() const = 0;  // of the frames given
};

std::unique_ptr<VideoReader::Implementation> open_file(const std::filesystem::path& path,
                                                       std::optional<FrameSize> resize, Numbering numbering,
                                                       const ReadLimits& limits);
// Opens and decodes one picture after the other; each error names its picture.
std::unique_ptr<VideoReader::Implementation> open_folder(const std::filesystem::path& path,
                                                         std::optional<FrameSize> resize,
                                                         const ReadLimits& limits);

}  // namespace c3d
