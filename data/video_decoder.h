// The pictures of one video file as FFmpeg's decoder emits them, on one thread, past damaged packets as the
// decoder allows. One decoder belongs to one thread.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "data/ffmpeg.h"
#include "data/tool_clock.h"

namespace c3d {

class VideoDecoder {
 public:
  // Error: no such file, no video in it, no decoder.
  explicit VideoDecoder(const std::filesystem::path& path);

  bool next(AVFrame& frame);  // false: there are no more

  // Frames come with the time stamps of FFmpeg's tool instead of the file's. To be asked before the first.
  void keep_tool_time() { clock_.emplace(*container_, *stream_, *decoder_); }

  AVFormatContext& container() const { return *container_; }
  AVStream& stream() const { return *stream_; }
  const std::string& codec() const { return codec_; }
  const std::string& last_failure() const { return last_failure_; }  // empty: none
  const std::vector<std::string>& warnings() const { return warnings_; }
  void warn(const std::string& text);  // once for each text

 private:
  void open_container();
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
