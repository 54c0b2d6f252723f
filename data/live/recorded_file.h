// A video file of packets as they came from a stream, not encoded again. It appears whole when it is
// finished, or not at all.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>

#include "data/ffmpeg.h"
#include "engine/io/atomic_file.h"

namespace c3d {

// .mp4, or .mkv of codecs that an MP4 does not hold.
const char* recording_extension(const AVStream& source);

class RecordedFile {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  // Error, as of the others: the file cannot be written.
  RecordedFile(const std::filesystem::path& path, const AVStream& source);
  ~RecordedFile();  // without finish(): nothing is left
  RecordedFile(const RecordedFile&) = delete;
  RecordedFile& operator=(const RecordedFile&) = delete;

  // In the order in which they came. Times that are missing or do not rise follow from `arrival`, or from the
  // packet before.
  void write(const AVPacket& packet, TimePoint arrival);
  void finish();
  const std::filesystem::path& path() const { return path_; }

 private:
  void check(int status, const char* what) const;
  void set_times(AVPacket& packet, TimePoint arrival);

  std::filesystem::path path_;
  AtomicFile file_;  // FFmpeg writes its part by name
  OutputContainer container_;
  CodedPacket packet_;
  AVStream* stream_ = nullptr;
  AVRational source_base_;
  TimePoint first_arrival_{};
  std::int64_t first_ = AV_NOPTS_VALUE,
               last_ = AV_NOPTS_VALUE;  // decoding times, of the source and as written
};

}  // namespace c3d
