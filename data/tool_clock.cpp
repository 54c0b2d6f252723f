#include "data/tool_clock.h"

#include <algorithm>

namespace c3d {
namespace {

constexpr AVRational kMicroseconds{1, AV_TIME_BASE};
constexpr std::int64_t kLeastJump = std::int64_t{10} * AV_TIME_BASE;      // where times may jump
constexpr std::int64_t kBackward = AV_TIME_BASE / 10;                     // the same, backward
constexpr std::int64_t kBroken = std::int64_t{3600} * 30 * AV_TIME_BASE;  // where they may not

bool known(std::int64_t time) { return time != AV_NOPTS_VALUE; }

}  // namespace

ToolClock::ToolClock(const AVFormatContext& container, const AVStream& stream, const AVCodecContext& decoder)
    : container_(container),
      stream_(stream),
      decoder_(decoder),
      may_jump_((container.iformat->flags & AVFMT_TS_DISCONT) != 0),
      offset_microseconds_(known(container.start_time) ? -container.start_time : 0) {}

std::int64_t ToolClock::to_microseconds(std::int64_t time) const {
  return av_rescale_q_rnd(time, stream_.time_base, kMicroseconds,
                          static_cast<AVRounding>(AV_ROUND_NEAR_INF | AV_ROUND_PASS_MINMAX));
}

std::int64_t ToolClock::from_microseconds(std::int64_t time) const {
  return av_rescale_q_rnd(time, kMicroseconds, stream_.time_base,
                          static_cast<AVRounding>(AV_ROUND_NEAR_INF | AV_ROUND_PASS_MINMAX));
}

// The file's start may be that of its sound; only the video is read.
void ToolClock::correct_start() {
  if (known(next_dts_) || !may_jump_ || offset_microseconds_ != -container_.start_time ||
      !known(stream_.start_time)) {
    return;
  }
  offset_microseconds_ = std::min(offset_microseconds_, av_sat_sub64(0, to_microseconds(stream_.start_time)));
}

// Time stamps of few bits start again at 0; the file begins before that.
void ToolClock::undo_wrap(AVPacket& packet) {
  const int bits = stream_.pts_wrap_bits;
  if (wrap_undone_ || !known(container_.start_time) || bits <= 0 || bits > 62) return;
  correct_start();
  wrap_undone_ = true;
  const std::int64_t whole = std::int64_t{1} << bits;
  const std::int64_t latest = av_sat_add64(from_microseconds(container_.start_time), whole / 2);
  for (std::int64_t* time : {&packet.dts, &packet.pts}) {
    if (!known(*time) || *time <= latest) continue;
    *time = av_sat_sub64(*time, whole);
    wrap_undone_ = false;
  }
}

void ToolClock::follow_jump(AVPacket& packet, std::int64_t microseconds) {
  offset_microseconds_ = av_sat_sub64(offset_microseconds_, microseconds);
  packet.dts = av_sat_sub64(packet.dts, from_microseconds(microseconds));
  if (known(packet.pts)) packet.pts = av_sat_sub64(packet.pts, from_microseconds(microseconds));
}

void ToolClock::mend_jumps(AVPacket& packet) {
  if (!known(packet.dts) || !known(next_dts_)) return;
  const std::int64_t dts = to_microseconds(packet.dts);
  const std::int64_t jump = av_sat_sub64(dts, next_dts_);
  if (may_jump_) {
    const bool backward = av_sat_add64(dts, kBackward) < std::max(pts_, dts_);
    if (jump < -kLeastJump || jump > kLeastJump || backward) follow_jump(packet, jump);
    return;
  }
  if (jump < -kBroken || jump > kBroken) packet.dts = AV_NOPTS_VALUE;
  if (!known(packet.pts)) return;
  const std::int64_t shown = av_sat_sub64(to_microseconds(packet.pts), next_dts_);
  if (shown < -kBroken || shown > kBroken) packet.pts = AV_NOPTS_VALUE;
}

void ToolClock::begin_counting() {
  if (!counting_) {
    counting_ = true;
    const AVRational rate = stream_.avg_frame_rate;
    pts_ = 0;
    dts_ = rate.num == 0
               ? 0
               : static_cast<std::int64_t>(-decoder_.has_b_frames * double{AV_TIME_BASE} / av_q2d(rate));
  }
  if (!known(next_dts_)) next_dts_ = dts_;
  if (!known(next_pts_)) next_pts_ = pts_;
}

void ToolClock::begin_step() {
  pts_ = next_pts_;
  dts_ = next_dts_;
}

void ToolClock::stamp(AVPacket& packet) {
  if (step_open_) end_step();
  undo_wrap(packet);
  const std::int64_t offset = from_microseconds(offset_microseconds_);
  if (known(packet.dts)) packet.dts = av_sat_add64(packet.dts, offset);
  if (known(packet.pts)) packet.pts = av_sat_add64(packet.pts, offset);
  mend_jumps(packet);
  begin_counting();
  if (known(packet.dts)) next_dts_ = to_microseconds(packet.dts);
  packet_duration_ = packet.duration;
  begin_step();
  step_open_ = true;
  packet.dts = from_microseconds(dts_);
}

void ToolClock::end_of_packets() {
  if (step_open_) end_step();
  ended_ = true;
  packet_duration_ = 0;
  begin_last_step();
}

void ToolClock::begin_last_step() {
  begin_counting();
  begin_step();
  times_after_end_.push_back(from_microseconds(dts_));
}

std::int64_t ToolClock::packet_microseconds() const {
  if (packet_duration_ != 0) return to_microseconds(packet_duration_);
  const bool told = decoder_.framerate.num > 0 && decoder_.framerate.den > 0;
  const AVRational rate = told ? decoder_.framerate : stream_.avg_frame_rate;
  return rate.num > 0 ? std::int64_t{AV_TIME_BASE} * rate.den / rate.num : 0;
}

void ToolClock::end_step() {
  const std::int64_t lasts = packet_microseconds();
  next_dts_ = known(dts_) && lasts != 0 ? av_sat_add64(next_dts_, lasts) : AV_NOPTS_VALUE;
  step_open_ = false;
}

std::int64_t ToolClock::time_of(const AVFrame& frame) {
  std::int64_t time = frame.best_effort_timestamp;
  if (ended_ && !known(time) && !times_after_end_.empty()) {
    time = times_after_end_.front();
    times_after_end_.pop_front();
  }
  if (known(time)) next_pts_ = pts_ = to_microseconds(time);
  end_step();
  const std::int64_t shown = frame_duration(frame);
  next_pts_ = av_sat_add64(next_pts_, shown > 0 ? to_microseconds(shown) : packet_microseconds());
  if (ended_) {
    begin_last_step();
  } else {
    begin_step();
  }
  return time;
}

}  // namespace c3d
