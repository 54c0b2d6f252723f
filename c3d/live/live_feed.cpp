#include "c3d/live/live_feed.h"

#include <exception>
#include <new>
#include <utility>

#include "data/resize.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

double seconds_between(std::chrono::steady_clock::time_point from, std::chrono::steady_clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

LiveFeed::LiveFeed(const LiveRule& rule, LiveChannel& channel)
    : rule_(rule),
      channel_(channel),
      windows_(rule.clip),
      cutter_(rule.clip, 1),
      delay_(rule.first_delay, rule.longest_delay),
      stored_(StoredFrames::bytes_of_frame(rule.clip)),
      last_(stored_.size()) {
  if (rule.clip.fps.is_given()) numbering_.emplace(rule.clip);
}

void LiveFeed::run() {
  std::string failure;
  try {
    for (;;) {
      failure = read_until_lost();
      if (over_ || channel_.is_stopped()) break;
      if (!may_try_again()) break;
      if (gave_frame_) say(LiveEventKind::lost, failure);
      if (!wait_to_reconnect(gave_frame_ ? "" : failure)) break;
    }
  } catch (const std::bad_alloc&) {
    failure = rule_.address.name + ": not enough memory";
  } catch (const std::exception& error) {
    failure = error.what();
  }
  channel_.close(channel_.is_stopped() ? "" : failure);
}

// One connection, from its beginning to its end. Returns why it ended; empty: the source is over.
std::string LiveFeed::read_until_lost() {
  gave_frame_ = false;
  LiveReadOptions options;
  options.limits.timeout_seconds = rule_.options.read_timeout;
  options.limits.device = rule_.decoder;
  options.stopped = [this] { return channel_.is_stopped(); };
  options.keeps_packets = !rule_.options.record.empty();
  std::string why;
  try {
    LiveReader reader(rule_.address, options);
    try {
      read_frames(reader);
      over_ = reader.has_end();
      if (!over_) why = rule_.address.name + ": the stream ended";
    } catch (const Error& error) {
      why = error.message();
    }
    if (options.keeps_packets) {
      channel_.wait_for_labels();
      serve_recordings(reader, Clock::now());
      reader.end_recording();
      say_recordings(reader);
    }
  } catch (const Error& error) {
    why = error.message();
  }
  if (over_ && frames_ == 0) why = rule_.address.name + ": no frame of it decodes";
  windows_.begin_section();
  if (numbering_) numbering_->restart();
  last_moment_.reset();
  tries_ = gave_frame_ ? 0 : tries_ + 1;
  return why;
}

bool LiveFeed::may_try_again() {
  if (rule_.address.is_read_once()) return false;
  if (frames_ == 0 && !rule_.options.waits_for_first) return false;
  return rule_.options.reconnect < 0 || tries_ < rule_.options.reconnect + (frames_ == 0 ? 1 : 0);
}

// why: the last try gave nothing, empty: it gave frames. False: it was stopped meanwhile.
bool LiveFeed::wait_to_reconnect(const std::string& why) {
  const double seconds = delay_.next();
  say(LiveEventKind::reconnecting,
      fmt::format("{}{}is asked for again in {:g} s", why.empty() ? rule_.address.name : why,
                  why.empty() ? ": " : "; ", seconds));
  channel_.pause(seconds);
  return !channel_.is_stopped();
}

void LiveFeed::read_frames(LiveReader& reader) {
  LiveFrame frame;
  while (!channel_.is_stopped() && reader.next(frame)) {
    if (!gave_frame_) begin_connection(reader, frame);
    note_size(frame.shown);
    take(reader, frame);
    serve_recordings(reader, frame.arrival);
  }
}

void LiveFeed::begin_connection(const LiveReader& reader, const LiveFrame& frame) {
  gave_frame_ = true;
  ++connections_;
  delay_.reset();
  if (!first_arrival_) first_arrival_ = frame.arrival;
  offset_ = seconds_between(*first_arrival_, frame.arrival);
  goes_by_times_ = frame.seconds.has_value();
  first_seconds_ = frame.seconds.value_or(offset_);
  shown_ = frame.shown;
  say(LiveEventKind::connected, fmt::format("{}: {}", rule_.address.name, reader.description()));
}

// Where the stream's frames have no times, these are when they came. A frame without one among others has
// that of the frame before.
LiveMoment LiveFeed::moment_of(const LiveFrame& frame) {
  const double arrived = first_arrival_ ? seconds_between(*first_arrival_, frame.arrival) : 0;
  double seconds = goes_by_times_ ? frame.seconds.value_or(first_seconds_) : arrived;
  if (goes_by_times_ && !frame.seconds && last_moment_)
    seconds = last_moment_->seconds - offset_ + first_seconds_;
  const auto ago =
      std::chrono::duration_cast<std::chrono::system_clock::duration>(Clock::now() - frame.arrival);
  return {frame.arrival, std::chrono::system_clock::now() - ago, offset_ + seconds - first_seconds_};
}

void LiveFeed::note_size(FrameSize shown) {
  if (shown.width == shown_.width && shown.height == shown_.height) return;
  say(LiveEventKind::size_changed,
      fmt::format("{}: its pictures were {}x{} and are {}x{} now", rule_.address.name, shown_.width,
                  shown_.height, shown.width, shown.height));
  shown_ = shown;
}

void LiveFeed::convert(LiveReader& reader, const LiveFrame& frame) {
  const FrameSize size = fitted(read_size(rule_.clip), frame.shown);
  if (!rule_.clip.stores_crops()) return reader.convert(size, stored_);
  whole_.resize(static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height) * 3);
  reader.convert(size, whole_);
  cutter_.cut(whole_, size.width, size.height, stored_);
}

void LiveFeed::take(LiveReader& reader, const LiveFrame& frame) {
  ++frames_;
  const LiveMoment moment = moment_of(frame);
  convert(reader, frame);
  if (!numbering_) {
    add(stored_, moment);
  } else {
    const LiveNumbering::Step step = numbering_->next(moment.seconds);
    if (step.begins_section) {
      windows_.begin_section();
    } else {
      for (std::int64_t i = 0; i < step.copies_of_last && last_moment_; ++i) add(last_, *last_moment_);
    }
    std::swap(stored_, last_);
  }
  last_moment_ = moment;
}

void LiveFeed::add(const std::vector<std::uint8_t>& stored, const LiveMoment& moment) {
  if (std::optional<LiveClip> window = windows_.add(stored, moment)) channel_.put(std::move(*window));
}

void LiveFeed::serve_recordings(LiveReader& reader, LiveReader::TimePoint now) {
  if (rule_.options.record.empty()) return;
  reader.keep_since(channel_.needed_since(now, rule_.options.record_seconds));
  for (const RecordWish& wish : channel_.take_wishes()) reader.record(wish.name, wish.from, wish.until);
  say_recordings(reader);
}

void LiveFeed::say_recordings(LiveReader& reader) {
  for (const Recording& recording : reader.take_recordings()) {
    if (recording.error.empty()) {
      say(LiveEventKind::recorded, printable(recording.file.native()), recording.file);
    } else {
      say(LiveEventKind::not_recorded, recording.error);
    }
  }
}

void LiveFeed::say(LiveEventKind kind, std::string text, std::filesystem::path file) {
  channel_.say({kind, std::chrono::system_clock::now(), std::move(text), std::move(file)});
}

}  // namespace c3d
