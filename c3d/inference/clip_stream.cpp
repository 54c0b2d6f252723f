#include "c3d/inference/clip_stream.h"

#include <algorithm>
#include <exception>
#include <functional>
#include <new>
#include <optional>

#include "data/clip_sampler.h"
#include "data/crop_views.h"
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
class ClipSampler {
 public:
  using Emit = std::function<void(Clip)>;
  ClipSampler(const Input& input, std::size_t video, const ClipSpec& spec, const ReadOptions& reading,
              const std::stop_token& stop, Emit emit)
      : input_(input),
        video_(video),
        spec_(spec),
        reading_(reading),
        stop_(stop),
        emit_(std::move(emit)),
        squares_(spec.stores_crops() ? static_cast<std::size_t>(spec.crops) : 1),
        square_bytes_(3 * static_cast<std::size_t>(spec.stored_height()) *
                      static_cast<std::size_t>(spec.stored_width())),
        frame_bytes_(squares_ * square_bytes_),
        frames_(frame_bytes_, kept_frames()) {}

  VideoEnd run() {
    VideoEnd end;
    end.video = video_;
    VideoReader reader(input_.path, read_size(spec_), numbering_of(spec_, reading_), reading_.limits);
    const bool complete = read_all(reader, end.times);
    end.fps = spec_.fps.is_given() ? spec_.fps.value() : reader.facts().fps;
    end.first_number = reader.facts().first_number;
    end.times.set_fps(end.fps);
    end.warnings = reader.facts().warnings;
    end.time_taken = reader.time_taken();
    if (complete) {
      emit_rest(end.times.frames());
    } else {
      end.time_taken += emit_in_second_pass(end.times.frames());
    }
    warn(end);
    return end;
  }

 private:
  bool slides() const { return spec_.step > 0; }

  std::int64_t kept_frames() const {
    const auto fit = static_cast<std::int64_t>(reading_.kept_bytes / frame_bytes_);
    return slides() ? spec_.span() : std::max<std::int64_t>(spec_.span(), fit);
  }

  // Into `out`, cut into its squares where these are stored; an empty one leaves the frame out.
  bool next_frame(VideoReader& reader, std::span<std::uint8_t> out) {
    if (!spec_.stores_crops() || out.empty()) return reader.next(out);
    const int width = reader.width(), height = reader.height();
    const std::vector<CropView> views = crop_views(spec_, height, width);
    whole_.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
    if (!reader.next(whole_)) return false;
    for (std::size_t i = 0; i < squares_; ++i) {
      cutter_.cut(views[i], height, width, spec_.crop, whole_, out.subspan(i * square_bytes_, square_bytes_));
    }
    return true;
  }

  // Counts the frames, and emits the windows that are complete. false: clips are spread evenly, and not all
  // frames were kept.
  bool read_all(VideoReader& reader, FrameTimes& times) {
    bool complete = true;
    for (std::int64_t number = 0;; ++number) {
      check_stop();
      if (complete && !slides() && number == frames_.capacity()) {
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
      if (slides() && number + 1 == next_window_ + spec_.span()) {
        emit(next_window_, number + 1);
        next_window_ += spec_.step;
      }
    }
  }

  // `frames` is known now: windows that were not emitted yet, or all clips of frames that were kept.
  void emit_rest(std::int64_t frames) {
    for (const std::int64_t start : clip_starts(spec_, frames)) {
      if (start >= next_window_) emit(start, frames);
    }
  }

  ReadingTime emit_in_second_pass(std::int64_t frames) {
    frames_ = LatestFrames(frame_bytes_, spec_.span());
    const std::vector<std::int64_t> clips = clip_starts(spec_, frames);
    auto next = clips.begin();
    VideoReader reader(input_.path, read_size(spec_), numbering_of(spec_, reading_), reading_.limits);
    for (std::int64_t number = 0; next != clips.end(); ++number) {
      check_stop();
      const bool wanted = std::any_of(next, clips.end(), [&](std::int64_t start) {
        return number >= start && number < start + spec_.span();
      });
      expect(next_frame(reader, wanted ? frames_.frame(number) : std::span<std::uint8_t>()),
             "decoding it a second time gave {} frames instead of {}", number, frames);
      if (number + 1 == *next + spec_.span()) {
        emit(*next, frames);
        ++next;
      }
    }
    return reader.time_taken();
  }

  void emit(std::int64_t start, std::int64_t frames) {
    Clip clip{video_, start, {}};
    clip.frames.reserve(frame_bytes_ * static_cast<std::size_t>(spec_.clip_frames));
    for (std::size_t square = 0; square < squares_; ++square) {
      for (int i = 0; i < spec_.clip_frames; ++i) {
        const auto frame =
            frames_.frame(clip_frame(spec_, start, i, frames)).subspan(square * square_bytes_, square_bytes_);
        clip.frames.insert(clip.frames.end(), frame.begin(), frame.end());
      }
    }
    emit_(std::move(clip));
  }

  void warn(VideoEnd& end) const {
    if (end.times.frames() < spec_.span()) {
      end.warnings.push_back(
          fmt::format("looped: it has {} of the {} frames a clip spans", end.times.frames(), spec_.span()));
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
  const ClipSpec& spec_;
  const ReadOptions& reading_;
  const std::stop_token& stop_;
  Emit emit_;
  std::size_t squares_, square_bytes_;  // of a frame: what is stored of it
  std::size_t frame_bytes_;
  LatestFrames frames_;
  ViewCutter cutter_;
  std::vector<std::uint8_t> whole_;  // a frame before it is cut
  std::int64_t next_window_ = 0;     // start of the first window that was not emitted
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

Numbering numbering_of(const ClipSpec& spec, const ReadOptions& reading) {
  return spec.fps.is_given() ? Numbering::at(spec.fps) : reading.numbering;
}

ClipStream::ClipStream(const std::vector<Input>& inputs, const ClipSpec& spec, const ReadOptions& reading,
                       std::size_t clips_ahead)
    : inputs_(inputs),
      spec_(spec),
      reading_(reading),
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
        end = ClipSampler(input, video, spec_, reading_, stop, push).run();
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
