// Between the thread that reads a live source and the one that asks the network: the newest window, what
// happened, and wishes for recordings. Of windows that nobody took only the newest is kept; the others are
// counted.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "c3d/live.h"
#include "c3d/live/live_windows.h"

namespace c3d {

// A video of the seconds around an alert.
struct RecordWish {
  std::filesystem::path name;  // without extension
  std::chrono::steady_clock::time_point from, until;
};

class LiveChannel {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  // waits: a window waits until the one before is taken, so that none is dropped.
  explicit LiveChannel(bool waits) : waits_(waits) {}

  // For the thread that reads.
  void put(LiveClip window);
  void say(LiveEvent event);
  void close(std::string failure);  // no more comes; empty: the source is over
  // Returns after so many seconds, or when it is stopped.
  void pause(double seconds);
  // Returns when every window that was put is taken and labelled, or when it is stopped.
  void wait_for_labels();
  std::vector<RecordWish> take_wishes();
  // What came before this is of no use for recordings that may still be wished for.
  TimePoint needed_since(TimePoint now, double record_seconds);

  // For the thread that asks the network.
  struct Taken {
    std::optional<LiveClip> window;
    std::int64_t dropped_windows = 0, dropped_frames = 0;  // since the window that was taken before
    std::vector<LiveEvent> events;                         // before the window, in their order
    bool is_over = false;                                  // nothing comes after this
  };
  // Waits for something, but no longer than this.
  Taken take(std::chrono::milliseconds patience);
  void wish(RecordWish wish);
  std::string failure();  // of close()

  // For any thread.
  void stop();
  bool is_stopped();

 private:
  void count_dropped(const LiveClip& old, std::int64_t next_first);

  const bool waits_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<LiveClip> window_;
  std::deque<LiveEvent> events_;
  std::vector<RecordWish> wishes_;
  std::optional<TimePoint> in_work_;  // when the window that was taken last came
  std::int64_t dropped_windows_ = 0, dropped_frames_ = 0;
  std::int64_t accounted_until_ = 0;  // frames before are in a window that was taken, or counted as dropped
  std::string failure_;
  bool closed_ = false, stopped_ = false;
};

}  // namespace c3d
