#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <utility>

#include "data/cfr_numbering.h"
#include "data/fps_filter.h"
#include "data/frame_converter.h"
#include "data/reader_implementation.h"
#include "data/video_decoder.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

// Adds the time since it was made or asked last.
class Lap {
 public:
  void add_to(double& seconds) {
    const Clock::time_point now = Clock::now();
    seconds += std::chrono::duration<double>(now - since_).count();
    since_ = now;
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point since_ = Clock::now();
};

constexpr AVRational kUnknownRate{25, 1};  // what FFmpeg's tool takes where the file does not say

// As FFmpeg's tool rounds it, to a part of a tick and away from zero by less than that.
double in_ticks(std::int64_t time, AVRational time_base, AVRational tick) {
  const int parts = std::clamp(29 - av_log2(static_cast<unsigned>(tick.den)), 0, 16);
  tick.den <<= parts;
  const std::int64_t rounded = av_rescale_q(time, time_base, tick);
  const double sign = rounded > 0 ? 1 : rounded < 0 ? -1 : 0;
  return static_cast<double>(rounded) / (1 << parts) + sign / (1 << 17);
}

class FileReader : public VideoReader::Implementation {
 public:
  FileReader(const std::filesystem::path& path, std::optional<FrameSize> resize, Numbering numbering,
             const ReadLimits& limits);

  bool next(std::span<std::uint8_t> out) override;
  double seconds() const override { return seconds_; }
  std::int64_t decoded_number() const override { return given_ == last_.get() ? number_ - 1 : number_; }
  ReadingTime time_taken() const override { return time_taken_; }
  const VideoFacts& facts() const override { return facts_; }
  const FrameSize& size() const override { return size_; }

 private:
  bool advance();
  bool advance_by_time();
  CfrNumbering::Copies copies_of(const AVFrame& frame);
  CfrNumbering::Copies cfr_copies(const AVFrame& frame);
  CfrNumbering::Copies fps_copies(const AVFrame& frame);
  CfrNumbering::Copies copies_at_end();
  CfrNumbering::Copies of_last(const FpsFilter::Copies& copies);
  std::optional<std::int64_t> tick_of(std::int64_t time) const;
  double seconds_by_number() const;
  void note_time_and_size();
  void read_metadata();

  Lap opening_;  // first: it begins when the file is opened
  ReadingTime time_taken_;
  std::filesystem::path path_;
  Numbering numbering_;
  VideoFacts facts_;
  Orientation orientation_;
  FrameSize size_;  // of the frames given
  VideoDecoder decoder_;
  PictureFrame frame_, last_;       // just decoded; the one before, where frames are doubled
  const AVFrame* given_ = nullptr;  // one of these
  std::int64_t number_ = 0;         // of frame_, as the decoder counts
  FrameConverter converter_;
  AVRational constant_rate_{};  // of frames that are numbered by time
  CfrNumbering ticks_;
  FpsFilter filter_;
  std::int64_t next_tick_ = 0;  // of the filter's frames: of the next one that is given
  CfrNumbering::Copies copies_left_;
  std::int64_t given_frames_ = 0;
  bool first_waits_ = true;  // the constructor decoded it, next() gives it
  bool over_ = false;
  std::int64_t start_ = AV_NOPTS_VALUE;
  double seconds_ = -1;
};

FileReader::FileReader(const std::filesystem::path& path, std::optional<FrameSize> resize,
                       Numbering numbering, const ReadLimits& limits)
    : path_(path),
      numbering_(numbering),
      decoder_(path, numbering, limits),
      frame_(av_frame_alloc()),
      last_(av_frame_alloc()) {
  expect(frame_ != nullptr && last_ != nullptr, "{}: out of memory", path_.string());
  ticks_ = CfrNumbering(decoder_.container().nb_streams == 1);
  if (!decoder_.next(*frame_)) {
    fail("{}: no frame of its {} video decodes ({})", path_.string(), decoder_.codec(),
         decoder_.last_failure().empty() ? "it holds no pictures" : decoder_.last_failure());
  }
  read_metadata();
  const FrameSize shown{facts_.width, facts_.height};
  size_ = resize ? fitted(*resize, shown) : shown;
  expect(size_.width > 0 && size_.height > 0, "{}: cannot resize to {}x{}", path_.string(), size_.width,
         size_.height);
  expect(std::int64_t{size_.width} * size_.height <= limits.max_pixels,
         "{}: its frames of {}x{} would be resized to {}x{}, beyond the {} million pixels of the largest",
         path_, facts_.width, facts_.height, size_.width, size_.height, limits.max_pixels / 1'000'000);
  converter_ = FrameConverter(path_.string(), orientation_, size_);
  opening_.add_to(time_taken_.decode_seconds);
}

void FileReader::read_metadata() {
  orientation_ = orientation(display_matrix(decoder_.stream(), *frame_));
  facts_.width = orientation_.transposed ? frame_->height : frame_->width;
  facts_.height = orientation_.transposed ? frame_->width : frame_->height;
  facts_.codec = decoder_.codec();
  facts_.turned = quarter_turns(orientation_) * 90;
  // Of an MP4 it counts frames that its edit list leaves out.
  if (av_match_name("mp4", decoder_.container().iformat->name) == 0) {
    facts_.announced_frames = std::max<std::int64_t>(decoder_.stream().nb_frames, 0);
  }
  facts_.interlaced = is_interlaced(decoder_.stream());
  const AVRational rate = av_guess_frame_rate(&decoder_.container(), &decoder_.stream(), frame_.get());
  const bool known = rate.num > 0 && rate.den > 0;
  facts_.fps = known ? av_q2d(rate) : 0.0;
  constant_rate_ = known ? rate : kUnknownRate;
  if (numbering_.rule == Numbering::Rule::fps) {
    constant_rate_ = {numbering_.rate.num, numbering_.rate.den};
    facts_.announced_frames = 0;  // it speaks of other frames than those that are given
  }
  start_ = frame_->best_effort_timestamp;
}

bool FileReader::advance() {
  if (numbering_.goes_by_time()) return advance_by_time();
  given_ = frame_.get();
  if (std::exchange(first_waits_, false)) return true;
  ++number_;
  return decoder_.next(*frame_);
}

// The next of the copies that the last decoded frames are due; decodes until there is one.
bool FileReader::advance_by_time() {
  for (;;) {
    if (copies_left_.of_last > 0) {
      --copies_left_.of_last;
      given_ = last_.get();
      return true;
    }
    if (copies_left_.of_this > 0) {
      --copies_left_.of_this;
      given_ = frame_.get();
      return true;
    }
    if (over_) {
      expect(given_frames_ > 0 || numbering_.rule != Numbering::Rule::ffmpeg_cfr,
             "{}: by their time stamps ffmpeg-cfr drops every frame that decodes: number by decode", path_);
      expect(
          given_frames_ > 0,
          "{}: at {} frames a second (fps) it has none, as it is too short or has no time stamps: take more "
          "of them, or each frame of the file (fps file)",
          path_, to_string(numbering_.rate));
      return false;
    }
    if (!std::exchange(first_waits_, false)) {
      av_frame_unref(last_.get());
      av_frame_move_ref(last_.get(), frame_.get());
      ++number_;
      if (!decoder_.next(*frame_)) {
        over_ = true;
        copies_left_ = copies_at_end();
        continue;
      }
    }
    copies_left_ = copies_of(*frame_);
  }
}

// Of a frame that was just decoded, and of the one before it.
CfrNumbering::Copies FileReader::copies_of(const AVFrame& frame) {
  try {
    return numbering_.rule == Numbering::Rule::fps ? fps_copies(frame) : cfr_copies(frame);
  } catch (const Error& error) {
    fail("{}: {}", path_, Lines{error.message()});
  }
}

CfrNumbering::Copies FileReader::copies_at_end() {
  if (numbering_.rule != Numbering::Rule::fps) return {ticks_.copies_at_end(), 0};
  try {
    return of_last(filter_.finish(tick_of(decoder_.end_time()).value_or(0)));
  } catch (const Error& error) {
    fail("{}: {}", path_, Lines{error.message()});
  }
}

// As the filter rounds it: to the nearest, halves away from 0.
std::optional<std::int64_t> FileReader::tick_of(std::int64_t time) const {
  if (time == AV_NOPTS_VALUE) return std::nullopt;
  return av_rescale_q_rnd(time, decoder_.stream().time_base, av_inv_q(constant_rate_), AV_ROUND_NEAR_INF);
}

CfrNumbering::Copies FileReader::of_last(const FpsFilter::Copies& copies) {
  if (copies.count > 0) next_tick_ = copies.tick;
  return {copies.count, 0};
}

CfrNumbering::Copies FileReader::fps_copies(const AVFrame& frame) {
  const bool changes = last_->width > 0 && (last_->width != frame.width || last_->height != frame.height ||
                                            last_->format != frame.format);
  if (changes) filter_.restart();
  return of_last(filter_.next(tick_of(frame.best_effort_timestamp)));
}

CfrNumbering::Copies FileReader::cfr_copies(const AVFrame& frame) {
  const std::int64_t time = frame.best_effort_timestamp;
  if (time == AV_NOPTS_VALUE) return ticks_.next_unstamped();
  const AVRational time_base = decoder_.stream().time_base, tick = av_inv_q(constant_rate_);
  const double ticks = av_q2d(time_base) / av_q2d(tick);
  const long lasts = std::lrint(static_cast<float>(static_cast<double>(frame_duration(frame)) * ticks));
  return ticks_.next(in_ticks(time, time_base, tick), static_cast<double>(std::max(lasts, 1L)));
}

bool FileReader::next(std::span<std::uint8_t> out) {
  const auto bytes = static_cast<std::size_t>(size_.width) * static_cast<std::size_t>(size_.height) * 3;
  expect(out.empty() || out.size() == bytes, "{}: a frame has {} bytes, the buffer {}", path_.string(), bytes,
         out.size());
  Lap lap;
  const bool given = advance();
  if (given) note_time_and_size();
  if (facts_.warnings.size() != decoder_.warnings().size()) facts_.warnings = decoder_.warnings();
  lap.add_to(time_taken_.decode_seconds);
  if (given && !out.empty()) converter_.convert(*given_, out);
  lap.add_to(time_taken_.resize_seconds);
  return given;
}

// Ticks of the filter count from the start of the file, seconds from its first frame, which may be shown up
// to half a tick before or after its own.
double FileReader::seconds_by_number() const {
  if (numbering_.rule == Numbering::Rule::ffmpeg_cfr) {
    return static_cast<double>(given_frames_) / av_q2d(constant_rate_);
  }
  const double start =
      start_ == AV_NOPTS_VALUE ? 0 : static_cast<double>(start_) * av_q2d(decoder_.stream().time_base);
  return std::max(0.0, static_cast<double>(next_tick_) / numbering_.rate.value() - start);
}

void FileReader::note_time_and_size() {
  const std::int64_t time = given_->best_effort_timestamp;
  const bool known = time != AV_NOPTS_VALUE && start_ != AV_NOPTS_VALUE;
  seconds_ =
      known ? static_cast<double>(av_sat_sub64(time, start_)) * av_q2d(decoder_.stream().time_base) : -1.0;
  if (numbering_.goes_by_time()) seconds_ = seconds_by_number();
  ++given_frames_;
  ++next_tick_;
  const int width = orientation_.transposed ? given_->height : given_->width;
  const int height = orientation_.transposed ? given_->width : given_->height;
  if (width != facts_.width || height != facts_.height) {
    decoder_.warn(fmt::format("frames change size; all are given as {}x{}", size_.width, size_.height));
  }
}

}  // namespace

std::unique_ptr<VideoReader::Implementation> open_file(const std::filesystem::path& path,
                                                       std::optional<FrameSize> resize, Numbering numbering,
                                                       const ReadLimits& limits) {
  return std::make_unique<FileReader>(path, resize, numbering, limits);
}

}  // namespace c3d
