// The time stamps that FFmpeg's command-line tool gives to the pictures of a file, which are not always those
// of the file: it counts from the file's start, goes on by itself where packets have no time, takes up the
// thread where time jumps in formats that are joined without care, and tells the decoder its own decoding
// times. Follows FFmpeg 5.1 (fftools/ffmpeg.c: process_input, process_input_packet, decode_video). A clock
// belongs to one thread; what it is made of must outlive it.
#pragma once

#include <cstdint>
#include <deque>

#include "data/ffmpeg.h"

namespace c3d {

class ToolClock {
 public:
  ToolClock(const AVFormatContext& container, const AVStream& stream, const AVCodecContext& decoder);

  // The next packet of the stream, before the decoder gets it: its time stamps become the tool's.
  void stamp(AVPacket& packet);
  void end_of_packets();
  // The time stamp of the frame that the decoder just gave, in the stream's time base; AV_NOPTS_VALUE: none.
  std::int64_t time_of(const AVFrame& frame);
  // After the last frame: the time at which the tool tells its filters that the video ends.
  std::int64_t end_time() const { return from_microseconds(pts_); }

 private:
  // In the stream's time base, except where the name says microseconds.
  std::int64_t to_microseconds(std::int64_t time) const;
  std::int64_t from_microseconds(std::int64_t time) const;
  void undo_wrap(AVPacket& packet);
  void correct_start();
  void mend_jumps(AVPacket& packet);
  void follow_jump(AVPacket& packet, std::int64_t microseconds);
  void begin_counting();
  void begin_step();
  void begin_last_step();
  void end_step();
  std::int64_t packet_microseconds() const;

  const AVFormatContext& container_;
  const AVStream& stream_;
  const AVCodecContext& decoder_;
  bool may_jump_;  // the format's times do: MPEG's streams
  std::int64_t offset_microseconds_;
  bool wrap_undone_ = false, counting_ = false;
  bool step_open_ = false;  // the decoder has what the last step gave it, and no frame came of it yet
  bool ended_ = false;
  std::int64_t packet_duration_ = 0;
  // All in microseconds: of the packet and the frame last seen, and where the next ones are expected.
  std::int64_t dts_ = AV_NOPTS_VALUE, pts_ = AV_NOPTS_VALUE;
  std::int64_t next_dts_ = AV_NOPTS_VALUE, next_pts_ = AV_NOPTS_VALUE;
  std::deque<std::int64_t> times_after_end_;
};

}  // namespace c3d
