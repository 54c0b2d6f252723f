#include "c3d/inference/clip_stream.h"

#include <algorithm>
#include <exception>
#include <functional>
#include <new>
#include <optional>

#include "data/clip_sampler.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

struct Stopped {};  // nobody wants more clips

// The latest frames of a video, in memory that is taken as it is needed and used again.
class LatestFrames {
 public:
  LatestFrames(std::size_t frame_bytes, std::int64_t capacity)
      : frame_bytes_(frame_bytes), capacity_(capacity) {}

  std::span<std::uint8_t> frame(std::int64_t number) {
    const auto slot = static_cast<std::size_t>(number % capacity_);
    if (slot >= slots_.size()) slots_.resize(slot + 1);
    slots_[slot].resize(frame_bytes_);
    return slots_[slot];
  }
  std::int64_t capacity() const { return capacity_; }
  void clear() { slots_ = {}; }

 private:
  std::size_t frame_bytes_;
  std::int64_t capacity_;
  std::vector<std::vector<std::uint8_t>> slots_;
};

// Clips of one video, in order of their first frame.
class Cutter {
 public:
  using Emit = std::function<void(Clip)>;
  Cutter(const Input& input, std::size_t video, const CutRule& rule, const std::stop_token& stop, Emit emit)
      : input_(input),
        video_(video),
        rule_(rule),
        stop_(stop),
        emit_(std::move(emit)),
        frame_bytes_(3 * (rule.crop > 0 ? square(rule.crop)
                                        : static_cast<std::size_t>(rule.size.width) *
                                              static_cast<std::size_t>(rule.size.height))),
        frames_(frame_bytes_, kept_frames()) {}

  VideoEnd run() {
    VideoEnd end;
    end.video = video_;
    VideoReader reader(input_.path, rule_.size, rule_.numbering, rule_.limits);
    const bool complete = read_all(reader, end.times);
    end.fps = reader.facts().fps;
    end.first_number = reader.facts().first_number;
    end.times.set_fps(end.fps);
    end.warnings = reader.facts().warnings;
    end.time_taken = reader.time_taken();
    if (complete) {
      cut_rest(end.times.frames());
    } else {
      end.time_taken += cut_in_second_pass(end.times.frames());
    }
    warn(end);
    return end;
  }

 private:
  std::int64_t kept_frames() const {
    const auto fit = static_cast<std::int64_t>(rule_.kept_bytes / frame_bytes_);
    return rule_.step > 0 ? rule_.span() : std::max<std::int64_t>(rule_.span(), fit);
  }

  static std::size_t square(int side) {
    return static_cast<std::size_t>(side) * static_cast<std::size_t>(side);
  }

  // Into `out`, cropped where the rule says so; an empty one leaves the frame out.
  bool next_frame(VideoReader& reader, std::span<std::uint8_t> out) {
    if (rule_.crop == 0 || out.empty()) return reader.next(out);
    const auto width = static_cast<std::size_t>(reader.width()),
               height = static_cast<std::size_t>(reader.height());
    const auto side = static_cast<std::size_t>(rule_.crop);
    expect(width >= side && height >= side, "frames of {}x{} hold no crop of {} pixels", width, height, side);
    whole_.resize(width * height * 3);
    if (!reader.next(whole_)) return false;
    const std::size_t top = (height - side) / 2, left = (width - side) / 2;
    for (std::size_t row = 0; row < side; ++row) {
      const auto from = std::span(whole_).subspan(((top + row) * width + left) * 3, side * 3);
      std::ranges::copy(from, out.subspan(row * side * 3).begin());
    }
    return true;
  }

  // Counts the frames, and cuts the windows that are complete. false: clips spread evenly, and not all frames
  // were kept.
  bool read_all(VideoReader& reader, FrameTimes& times) {
    const bool window = rule_.step > 0;
    bool complete = true;
    for (std::int64_t number = 0;; ++number) {
      check_stop();
      if (complete && !window && number == frames_.capacity()) {
        expect(can_be_read_again(input_.path),
               "is a pipe, which gives its bytes once, and more than {} frames are not kept to spread clips "
               "over "
               "them: give the video as a file or as standard input (-), or let a --window slide over it",
               number);
        complete = false;
        frames_.clear();
      }
      if (!next_frame(reader, complete ? frames_.frame(number) : std::span<std::uint8_t>())) return complete;
      times.add(reader.seconds());
      if (window && number + 1 == next_window_ + rule_.span()) {
        cut(next_window_, number + 1);
        next_window_ += rule_.step;
      }
    }
  }

  // `frames` is known now: windows that are not cut yet, or all clips of frames that were kept.
  void cut_rest(std::int64_t frames) {
    if (rule_.step > 0) {
      for (const std::int64_t start :
           window_starts(frames, rule_.clip_frames, rule_.frame_stride, rule_.step)) {
        if (start >= next_window_) cut(start, frames);
      }
    } else {
      for (const std::int64_t start : even_clips(frames)) cut(start, frames);
    }
  }

  ReadingTime cut_in_second_pass(std::int64_t frames) {
    frames_ = LatestFrames(frame_bytes_, rule_.span());
    const std::vector<std::int64_t> clips = even_clips(frames);
    auto next = clips.begin();
    VideoReader reader(input_.path, rule_.size, rule_.numbering, rule_.limits);
    for (std::int64_t number = 0; next != clips.end(); ++number) {
      check_stop();
      const bool wanted = std::any_of(next, clips.end(), [&](std::int64_t start) {
        return number >= start && number < start + rule_.span();
      });
      expect(next_frame(reader, wanted ? frames_.frame(number) : std::span<std::uint8_t>()),
             "decoding it a second time gave {} frames instead of {}", number, frames);
      if (number + 1 == *next + rule_.span()) {
        cut(*next, frames);
        ++next;
      }
    }
    return reader.time_taken();
  }

  std::vector<std::int64_t> even_clips(std::int64_t frames) const {
    return even_starts(frames, rule_.clip_frames, rule_.frame_stride, rule_.clips);
  }

  void cut(std::int64_t start, std::int64_t frames) {
    Clip clip{video_, start, {}};
    clip.frames.reserve(frame_bytes_ * static_cast<std::size_t>(rule_.clip_frames));
    for (int i = 0; i < rule_.clip_frames; ++i) {
      const auto frame = frames_.frame(clip_frame(start, i, rule_.frame_stride, frames, ShortClips::loop));
      clip.frames.insert(clip.frames.end(), frame.begin(), frame.end());
    }
    emit_(std::move(clip));
  }

  void warn(VideoEnd& end) const {
    if (end.times.frames() < rule_.span()) {
      end.warnings.push_back(
          fmt::format("looped: it has {} of the {} frames a clip spans", end.times.frames(), rule_.span()));
    }
    if (!end.times.known()) {
      end.warnings.emplace_back(
          "the file has neither a frame rate nor rising time stamps: its times are given as 0");
    }
  }

  void check_stop() const {
    if (stop_.stop_requested()) throw Stopped();
  }

  const Input& input_;
  std::size_t video_;
  const CutRule& rule_;
  const std::stop_token& stop_;
  Emit emit_;
  std::size_t frame_bytes_;
  LatestFrames frames_;
  std::vector<std::uint8_t> whole_;  // a frame before it is cropped
  std::int64_t next_window_ = 0;     // start of the first window that is not cut
};

// The error without the file's name in front: results say it beside.
VideoEnd failed(std::size_t video, const Input& input, std::string error) {
  const std::string start = input.path.string() + ": ";
  VideoEnd end;
  end.video = video;
  end.error = error.starts_with(start) ? error.substr(start.size()) : std::move(error);
  return end;
}

}  // namespace

ClipStream::ClipStream(const std::vector<Input>& inputs, const CutRule& rule, std::size_t clips_ahead)
    : inputs_(inputs),
      rule_(rule),
      queue_(clips_ahead),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

ClipStream::~ClipStream() {
  thread_.request_stop();
  queue_.close();
}

bool ClipStream::next(Item& item) {
  std::optional<Item> next = queue_.pop();
  if (!next) return false;
  item = std::move(*next);
  return true;
}

void ClipStream::run(const std::stop_token& stop) {
  const auto push = [this](Item item) {
    if (!queue_.push(std::move(item))) throw Stopped();
  };
  try {
    for (std::size_t video = 0; video < inputs_.size(); ++video) {
      const Input& input = inputs_[video];
      VideoEnd end;
      try {
        expect(input.error.empty(), "{}", input.error);
        end = Cutter(input, video, rule_, stop, push).run();
      } catch (const Error& error) {
        end = failed(video, input, error.message());
      } catch (const std::bad_alloc&) {
        end = failed(video, input, "not enough memory to decode it");
      } catch (const std::exception& error) {
        end = failed(video, input, error.what());
      }
      push(std::move(end));
    }
  } catch (const Stopped&) {
    return;
  }
  queue_.close();
}

}  // namespace c3d
