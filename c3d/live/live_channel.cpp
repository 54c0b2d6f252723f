#include "c3d/live/live_channel.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace c3d {

// Frames of a dropped window that neither a window taken before nor the next one has.
void LiveChannel::count_dropped(const LiveClip& old, std::int64_t next_first) {
  ++dropped_windows_;
  const std::int64_t from = std::max(old.first_frame(), accounted_until_);
  const std::int64_t to = std::min(old.end_frame, next_first);
  if (to <= from) return;
  dropped_frames_ += to - from;
  accounted_until_ = to;
}

void LiveChannel::put(LiveClip window) {
  std::unique_lock lock(mutex_);
  if (waits_) changed_.wait(lock, [&] { return !window_ || stopped_; });
  if (stopped_) return;
  if (window_) count_dropped(*window_, window.first_frame());
  window_ = std::move(window);
  changed_.notify_all();
}

void LiveChannel::say(LiveEvent event) {
  const std::lock_guard lock(mutex_);
  events_.push_back(std::move(event));
  changed_.notify_all();
}

void LiveChannel::close(std::string failure) {
  const std::lock_guard lock(mutex_);
  failure_ = std::move(failure);
  closed_ = true;
  changed_.notify_all();
}

void LiveChannel::pause(double seconds) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::duration<double>(seconds), [&] { return stopped_; });
}

void LiveChannel::wait_for_labels() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return stopped_ || (!window_ && !in_work_); });
}

std::vector<RecordWish> LiveChannel::take_wishes() {
  const std::lock_guard lock(mutex_);
  return std::exchange(wishes_, {});
}

// An alert is of the window in work, of the one that waits, or of a later one.
LiveChannel::TimePoint LiveChannel::needed_since(TimePoint now, double record_seconds) {
  const std::lock_guard lock(mutex_);
  TimePoint oldest = std::min(now, in_work_.value_or(now));
  if (window_) oldest = std::min(oldest, window_->last.arrival);
  return oldest -
         std::chrono::duration_cast<TimePoint::duration>(std::chrono::duration<double>(record_seconds));
}

LiveChannel::Taken LiveChannel::take(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  in_work_.reset();
  changed_.notify_all();
  changed_.wait_for(lock, patience, [&] { return window_ || !events_.empty() || closed_ || stopped_; });
  Taken taken;
  taken.events.assign(std::make_move_iterator(events_.begin()), std::make_move_iterator(events_.end()));
  events_.clear();
  taken.is_over = stopped_ || closed_;
  if (!window_ || stopped_) return taken;
  taken.is_over = false;  // the next call says it
  taken.dropped_windows = std::exchange(dropped_windows_, 0);
  taken.dropped_frames = std::exchange(dropped_frames_, 0);
  accounted_until_ = std::max(accounted_until_, window_->end_frame);
  in_work_ = window_->last.arrival;
  taken.window = std::move(window_);
  window_.reset();
  changed_.notify_all();
  return taken;
}

void LiveChannel::wish(RecordWish wish) {
  const std::lock_guard lock(mutex_);
  wishes_.push_back(std::move(wish));
}

std::string LiveChannel::failure() {
  const std::lock_guard lock(mutex_);
  return failure_;
}

void LiveChannel::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

bool LiveChannel::is_stopped() {
  const std::lock_guard lock(mutex_);
  return stopped_;
}

}  // namespace c3d
