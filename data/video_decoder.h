// The pictures of one video file as FFmpeg's decoder emits them, on one thread, past damaged packets as the
// decoder allows. The file is opened for what its bytes are: a playlist or text under a video's name is
// refused, and what a file names is never opened. One decoder belongs to one thread.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "data/gpu_frames.h"
#include "data/media_input.h"
#include "data/numbering.h"
#include "data/read_limits.h"
#include "data/tool_clock.h"

namespace c3d {

class VideoDecoder {
 public:
  // ReadError: no such file, or it cannot be read. Error: no video in it, and what else it is; no decoder;
  // frames beyond the limits. Where frames count by time they are those of the stream that FFmpeg's tool
  // takes, with the time stamps that it gives them; else of the first one, with the file's.
  explicit VideoDecoder(const std::filesystem::path& path, Numbering numbering = Numbering::kDecode,
                        const ReadLimits& limits = {});

  bool next(AVFrame& frame);  // false: there are no more; ReadError: the rest cannot be read
  // Where frames count by time and there are no more: when the last one is over, as FFmpeg's tool tells its
  // filters, in the stream's time base.
  std::int64_t end_time() const { return clock_ ? clock_->end_time() : AV_NOPTS_VALUE; }

  AVFormatContext& container() const { return *container_; }
  AVStream& stream() const { return *stream_; }
  const std::string& codec() const { return codec_; }
  const std::string& last_failure() const { return last_failure_; }  // empty: none
  const std::vector<std::string>& warnings() const { return warnings_; }
  void warn(const std::string& text);  // once for each text

 private:
  void open_container(const Numbering& numbering);
  const AVInputFormat& find_format(const std::string& name);
  void look_into_streams();
  [[noreturn]] void fail_to_open(int status, const AVInputFormat* format);
  void check_pipe(const AVInputFormat& format, const std::string& reason) const;
  void open_decoder();
  void check_size(int width, int height) const;
  bool feed();
  void end_of_file(int status);
  void check_repetition() const;
  void check_memory(int status) const;
  void drain_log();
  void note_failure(std::string failure);
  void finish();

  std::filesystem::path path_;
  ReadLimits limits_;
  MediaInput input_;  // outlives the container
  InputContainer container_;
  AVStream* stream_ = nullptr;
  std::string codec_;
  CodecContext decoder_;
  std::optional<GpuFrames> gpu_;  // where one may decode
  CodedPacket packet_;
  std::optional<ToolClock> clock_;
  bool draining_ = false, finished_ = false;
  int failures_in_a_row_ = 0;
  std::int64_t bad_packets_ = 0;
  std::uint64_t given_bytes_ = 0;  // to the decoder
  std::int64_t frames_ = 0;        // given
  std::string last_failure_;
  std::string too_large_;  // what FFmpeg says of frames beyond the limit; empty: none
  std::vector<std::string> warnings_;
};

}  // namespace c3d
