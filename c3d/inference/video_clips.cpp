#include "c3d/inference/video_clips.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "c3d/inference/stored_frames.h"
#include "data/clip_sampler.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

// Bytes that were taken from the room that readers share.
class KeptBytes {
 public:
  explicit KeptBytes(KeptRoom& room) : room_(room) {}
  ~KeptBytes() { give_back(); }
  KeptBytes(const KeptBytes&) = delete;
  KeptBytes& operator=(const KeptBytes&) = delete;

  bool take(std::size_t bytes) {
    if (!room_.take(bytes)) return false;
    taken_ += bytes;
    return true;
  }
  void give_back() { room_.give(std::exchange(taken_, 0)); }

 private:
  KeptRoom& room_;
  std::size_t taken_ = 0;
};

class VideoClips {
 public:
  VideoClips(const Input& input, std::size_t video, const ReadingJob& job, const TakeClip& take)
      : input_(input),
        video_(video),
        spec_(job.spec),
        reading_(job.reading),
        job_(job),
        take_(take),
        frame_bytes_(StoredFrames::bytes_of_frame(spec_)),
        kept_(job.room),
        frames_(spec_, kept_frames()),
        next_window_(spec_.first_frame) {}

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
    whole_.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
    if (!reader.next(whole_)) return false;
    frames_.cut(whole_, width, height, out);
    return true;
  }

  // Whether a clip may show the frame, as far as that is known before the video's end. The frames of the
  // first window are all that a shorter video has, and are repeated in any order.
  bool may_be_shown(std::int64_t number) const {
    const std::int64_t place = number - spec_.first_frame;
    if (!slides() || place < spec_.span()) return true;
    const std::int64_t step = spec_.step, last = place / step * step;
    for (std::int64_t start = last; place - start < spec_.span(); start -= step) {
      if ((place - start) % spec_.frame_stride == 0) return true;
    }
    return false;
  }

  // There is room to keep one frame more. Those of one clip are kept in any case, and so are those of a pipe,
  // of which one is read at a time.
  bool has_room(std::int64_t number) {
    if (slides() || number < spec_.span()) return true;
    if (number == frames_.capacity()) return false;
    return !can_be_read_again_ || kept_.take(frame_bytes_);
  }

  // Counts the frames, and emits the windows that are complete. false: clips are spread evenly, and not all
  // frames were kept.
  bool read_all(VideoReader& reader, FrameTimes& times) {
    bool complete = true;
    for (std::int64_t number = 0;; ++number) {
      check_stop();
      if (complete && !has_room(number)) {
        expect(can_be_read_again_,
               "is a pipe, which gives its bytes once, and more than {} frames are not kept to spread clips "
               "over "
               "them: give the video as a file or as standard input (-), or let a --window slide over it",
               number);
        complete = false;
        frames_.clear();
        kept_.give_back();
      }
      const bool keeps = complete && may_be_shown(number);
      if (!next_frame(reader, keeps ? frames_.frame(number) : std::span<std::uint8_t>())) return complete;
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
      if (start >= next_window_ || start < spec_.first_frame) emit(start, frames);
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

  void emit(std::int64_t start, std::int64_t frames) {
    std::pmr::memory_resource* const memory =
        job_.memory != nullptr ? job_.memory : std::pmr::get_default_resource();
    Clip clip{.video = video_, .first_frame = start, .frames = frames_.clip(start, frames, memory)};
    if (job_.memory != nullptr) clip.memory = job_.memory->kind_of(clip.frames.data());
    take_(std::move(clip));
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
    if (job_.stop.stop_requested()) throw ReadingStopped();
  }

  const Input& input_;
  std::size_t video_;
  const ClipSpec& spec_;
  const ReadOptions& reading_;
  const ReadingJob& job_;
  const TakeClip& take_;
  std::size_t frame_bytes_;
  const bool can_be_read_again_ = can_be_read_again(input_.path);
  KeptBytes kept_;
  StoredFrames frames_;
  std::vector<std::uint8_t> whole_;  // a frame before it is cut
  std::int64_t next_window_;         // start of the first window that was not emitted
};

}  // namespace

Numbering numbering_of(const ClipSpec& spec, const ReadOptions& reading) {
  return spec.fps.is_given() ? Numbering::at(spec.fps) : reading.numbering;
}

std::size_t clip_bytes(const ClipSpec& spec) {
  return StoredFrames::bytes_of_frame(spec) * static_cast<std::size_t>(spec.clip_frames);
}

VideoEnd read_clips(const Input& input, std::size_t video, const ReadingJob& job, const TakeClip& take) {
  return VideoClips(input, video, job, take).run();
}

}  // namespace c3d
