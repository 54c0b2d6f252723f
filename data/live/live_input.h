// The packets of a live source's video as they come: opened, waited for in time, and told apart from what
// fails. One input belongs to one thread.
#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "data/ffmpeg.h"
#include "data/live/live_address.h"
#include "data/media_input.h"
#include "data/read_limits.h"

namespace c3d {

struct LiveReadOptions {
  ReadLimits limits = {};         // timeout_seconds: without anything from the source
  std::function<bool()> stopped;  // asked while reads wait; true ends them with an Error
  bool keeps_packets = false;     // of the latest seconds, for recordings
};

class LiveInput {
 public:
  // ReadError: it cannot be opened, or gives nothing in time. Error: what it gives is no video.
  LiveInput(const LiveAddress& address, const LiveReadOptions& options);
  LiveInput(const LiveInput&) = delete;
  LiveInput& operator=(const LiveInput&) = delete;

  // The next packet of the video; false: the source is over. ReadError: it failed or stays away.
  bool next(AVPacket& packet);
  // Once it is over: there is no more to come, ever. A stream that has no end was lost.
  bool has_end() const { return has_end_; }

  AVFormatContext& container() const { return *container_; }
  AVStream& stream() const { return *stream_; }

 private:
  using Clock = std::chrono::steady_clock;
  AVFormatContext* new_container();
  void open_container();
  const AVInputFormat* find_format(const std::string& name);
  void look_into_streams();
  void choose_stream();
  [[noreturn]] void fail_to_open(int status);
  void check_time() const;
  bool over(int status);
  void begin_wait() { since_ = Clock::now(); }
  static int must_stop(void* self);

  LiveAddress address_;
  LiveReadOptions options_;
  Clock::time_point since_ = Clock::now();  // when it began to wait
  bool timed_out_ = false;
  std::optional<MediaInput> bytes_;  // outlives the container
  InputContainer container_;
  AVStream* stream_ = nullptr;
  bool has_end_ = false;
  int failures_in_a_row_ = 0;
};

}  // namespace c3d
