// Reads a live source, connection after connection, on the thread that calls it, and hands the windows of its
// frames to a channel.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "c3d/live/live_channel.h"
#include "c3d/live/live_numbering.h"
#include "c3d/live/live_rule.h"
#include "c3d/live/live_windows.h"
#include "c3d/live/reconnect_delay.h"
#include "data/live/live_reader.h"

namespace c3d {

class LiveFeed {
 public:
  // Borrows both.
  LiveFeed(const LiveRule& rule, LiveChannel& channel);
  LiveFeed(const LiveFeed&) = delete;
  LiveFeed& operator=(const LiveFeed&) = delete;

  // Until the source is over, lost for good, or the channel is stopped; closes the channel.
  void run();

  // After run().
  std::int64_t frames() const { return frames_; }            // that came
  std::int64_t connections() const { return connections_; }  // that gave frames

 private:
  using Clock = std::chrono::steady_clock;
  std::string read_until_lost();
  void read_frames(LiveReader& reader);
  void begin_connection(const LiveReader& reader, const LiveFrame& frame);
  void take(LiveReader& reader, const LiveFrame& frame);
  void convert(LiveReader& reader, const LiveFrame& frame);
  void add(const std::vector<std::uint8_t>& stored, const LiveMoment& moment);
  void serve_recordings(LiveReader& reader, LiveReader::TimePoint now);
  void say_recordings(LiveReader& reader);
  void note_size(FrameSize shown);
  bool may_try_again();
  bool wait_to_reconnect(const std::string& why);
  void say(LiveEventKind kind, std::string text, std::filesystem::path file = {});
  LiveMoment moment_of(const LiveFrame& frame);

  const LiveRule& rule_;
  LiveChannel& channel_;
  LiveWindows windows_;
  std::optional<LiveNumbering> numbering_;  // where a frame rate is asked for
  StoredFrames cutter_;
  ReconnectDelay delay_;
  std::vector<std::uint8_t> whole_, stored_,
      last_;  // the frame as resized, as stored; the one before, stored
  std::optional<LiveMoment> last_moment_;
  FrameSize shown_ = {};
  bool over_ = false;  // there will be no more
  std::int64_t frames_ = 0, connections_ = 0;
  int tries_ = 0;                                   // in a row that gave no frame
  bool gave_frame_ = false;                         // this connection
  bool goes_by_times_ = false;                      // of the stream, which has some
  std::optional<Clock::time_point> first_arrival_;  // of all frames
  double offset_ = 0;         // from the first frame of all to this connection's, in seconds
  double first_seconds_ = 0;  // the connection's first, by the clock that it goes by
};

}  // namespace c3d
