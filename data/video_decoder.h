// The pictures of one video file as FFmpeg's decoder emits them, on one thread, past damaged packets as the
// decoder allows. One decoder belongs to one thread.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "data/cfr_numbering.h"
#include "data/ffmpeg.h"
#include "data/tool_clock.h"

namespace c3d {

class VideoDecoder {
 public:
  // Error: no such file, no video in it, no decoder. For ffmpeg_cfr frames are those of the stream that
  // FFmpeg's tool takes, with the time stamps that it gives them; else of the first one, with the file's.
  explicit VideoDecoder(const std::filesystem::path& path, Numbering numbering = Numbering::decode);

  bool next(AVFrame& frame);  // false: there are no more

  AVFormatContext& container() const { return *container_; }
  AVStream& stream() const { return *stream_; }
  const std::string& codec() const { return codec_; }
  const std::string& last_failure() const { return last_failure_; }  // empty: none
  const std::vector<std::string>& warnings() const { return warnings_; }
  void warn(const std::string& text);  // once for each text

 private:
  void open_container(Numbering numbering);
  void open_decoder();
  bool feed();
  void hear_complaints();
  void finish();

  std::filesystem::path path_;
  InputContainer container_;
  AVStream* stream_ = nullptr;
  std::string codec_;
  CodecContext decoder_;
  CodedPacket packet_;
  std::optional<ToolClock> clock_;
  bool draining_ = false, finished_ = false;
  int failures_in_a_row_ = 0;
  std::int64_t bad_packets_ = 0;
  std::string last_failure_;
  std::vector<std::string> warnings_;
};

}  // namespace c3d
