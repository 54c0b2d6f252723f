#include "c3d/inference/clip_stream.h"

#include <algorithm>
#include <exception>
#include <functional>
#include <new>
#include <optional>

#include "c3d/inference/stored_frames.h"
#include "data/clip_sampler.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

struct Stopped {};  // nobody wants more clips

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
        frames_(spec, kept_frames()) {}

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
    const auto fit = static_cast<std::int64_t>(reading_.kept_bytes / StoredFrames::bytes_of_frame(spec_));
    return slides() ? spec_.span() : std::max<std::int64_t>(spec_.span(), fit);
  }

  // Into `out`, cut into its squares where these are stored; an empty one leaves the frame out.
  bool next_frame(VideoReader& reader, std::span<std::uint8_t> out) {
    if (!spec_.stores_crops() || out.empty()) return reader.next(out);
    const int width = reader.width(), height = reader.height();
    whole_.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
    if (!reader.next(whole_)) return false;
    frames_.cut(whole_, width, height, out);
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
    frames_.keep(spec_.span());
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

  void emit(std::int64_t start, std::int64_t frames) { emit_({video_, start, frames_.clip(start, frames)}); }

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
  StoredFrames frames_;
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
