// Videos whose length, rate, size or pictures are not like those of others.
#include <algorithm>
#include <cmath>

#include "c3d/check/findings.h"
#include "c3d/check/kinds.h"
#include "c3d/check/spread.h"
#include "c3d/common/shell_word.h"
#include "c3d/training/data_warnings.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

// Where to draw lines. Pictures: levels of grey, of cells of a 16th of a side. 165 still pictures, encoded in
// eleven ways, changed by less than 2.5 but for three of 60 kbit/s or so; people that move at a sixteenth of
// their speed, and a square of 6 pixels, by more than 4.
constexpr double kStillChange = 2.5;
constexpr double kOneColourContrast = 1.5;
constexpr double kMostlyBlack = 0.5;  // of the frames
constexpr double kUneven = 0.05;      // of the times between frames
constexpr std::int64_t kFewFrames = 16;
constexpr double kLongTimes = 10;  // the median
constexpr std::int64_t kLongFrames = 1000;
constexpr double kTinyShare = 0.6;   // of the square that the network sees
constexpr double kRateFactor = 1.5;  // off the median, where most are near it
constexpr double kNearRate = 1.1, kMost = 0.75;
constexpr double kUsualRate = 25;
constexpr double kNotSquare = 1.1;

// What most of the videos are like.
struct Norm {
  double frames = 0, rate = 0;  // medians
  bool has_rate = false;        // most have about this one
  std::size_t portraits = 0, landscapes = 0;
};

bool is_portrait(const VideoLook& look) { return look.width > 0 && look.height > kNotSquare * look.width; }
bool is_landscape(const VideoLook& look) { return look.height > 0 && look.width > kNotSquare * look.height; }

double off_by(double value, double norm) { return std::max(value / norm, norm / value); }

Norm norm_of(const std::vector<CollectedVideo>& videos) {
  Norm norm;
  std::vector<double> frames, rates;
  for (const CollectedVideo& one : videos) {
    frames.push_back(static_cast<double>(one.video->frames));
    if (one.look.rate > 0) rates.push_back(one.look.rate);
    norm.portraits += is_portrait(one.look) ? 1 : 0;
    norm.landscapes += is_landscape(one.look) ? 1 : 0;
  }
  norm.frames = spread_of(frames).median;
  norm.rate = spread_of(rates).median;
  const auto near = std::ranges::count_if(rates, [&](double r) { return off_by(r, norm.rate) < kNearRate; });
  norm.has_rate = !rates.empty() && static_cast<double>(near) >= kMost * static_cast<double>(rates.size());
  return norm;
}

class OddVideo {
 public:
  OddVideo(const Collection& collection, const Norm& norm, const CollectedVideo& one, Findings& findings)
      : data_(collection.settings.data),
        clip_(collection.data.clip),
        norm_(norm),
        one_(one),
        look_(one.look),
        findings_(findings) {}

  void find() {
    find_empty_pictures();
    find_odd_times();
    find_odd_shape();
  }

 private:
  CheckFinding& add(const char* kind, std::string text, std::string action, double score = 0) {
    findings_.push_back(finding(kind, one_.file(), std::move(text), std::move(action)));
    findings_.back().score = score;
    return findings_.back();
  }

  // Where its mended copy goes: under its own name, by which its group is told, and outside of the
  // collection, in which it would be one video more.
  std::filesystem::path mended() const {
    const std::filesystem::path& file = one_.file();
    std::error_code unknown;
    std::filesystem::path root = data_.lexically_normal();
    if (!root.has_filename()) root = root.parent_path();
    if (root == ".") root = std::filesystem::current_path(unknown);
    const std::filesystem::path below =
        std::filesystem::absolute(file, unknown).lexically_relative(std::filesystem::absolute(root, unknown));
    const bool is_below =
        std::filesystem::is_directory(root, unknown) && !below.empty() && *below.begin() != "..";
    if (!is_below) root = file.has_parent_path() ? file.parent_path() : std::filesystem::path("videos");
    root += "_mended";
    return root / (is_below ? below : file.filename());
  }
  void mend(CheckFinding& found, const std::string& options) const {
    const std::filesystem::path out = mended();
    found.command = fmt::format("mkdir -p {} && ffmpeg -i {} {} {}", shell_word(out.parent_path().native()),
                                shell_word(one_.file().native()), options, shell_word(out.native()));
    found.action += "; then put the new file in place of the old one, which would else be a second copy";
  }
  std::string usual_rate() const {
    return fmt::format("-vf fps={:.6g} -q:v 2", norm_.rate > 0 ? norm_.rate : kUsualRate);
  }

  void find_empty_pictures() {
    const std::int64_t frames = one_.video->frames;
    if (look_.dark >= kMostlyBlack) {
      const bool all = look_.dark >= 1;
      add(kinds::kBlack,
          all ? "all of its frames are black"
              : fmt::format("{:.0f} % of its frames are black", 100 * look_.dark),
          all ? "get it anew or remove it" : "cut the black part off", look_.dark);
    } else if (look_.height > 0 && look_.contrast < kOneColourContrast) {
      add(kinds::kOneColour, "nothing is to be seen in it: its frames have one colour each",
          "get it anew or remove it");
    } else if (look_.height > 0 && frames >= 2 && look_.change < kStillChange) {
      add(kinds::kStill, fmt::format("nothing moves in its {} frames", frames),
          "get it anew or remove it: a still picture has no action");
    }
  }

  void find_odd_times() {
    const std::int64_t frames = one_.video->frames;
    const auto length = static_cast<double>(frames);
    if (frames < clip_.span()) {
      add(kinds::kShort,
          fmt::format("has {} frame{}, fewer than the {} of a clip{}, and is {}", frames,
                      frames == 1 ? "" : "s", clip_.span(), span_reason(clip_),
                      fate_of_short(clip_.short_clips)),
          "get a longer one, or set short_clips, clip_frames or frame_stride", 1 / std::max(length, 1.0));
    }
    if (frames >= kLongFrames && length > kLongTimes * norm_.frames) {
      add(kinds::kLong,
          fmt::format("has {} frames, {:.0f} times as many as the median, {:.0f}: clips from all over it "
                      "count as its class",
                      frames, length / norm_.frames, norm_.frames),
          "cut out the parts that show the action", length);
    }
    if (frames >= kFewFrames && look_.uneven >= kUneven) {
      mend(add(kinds::kUneven,
               fmt::format(
                   "its frame rate varies: {:.0f} % of its frames are shown longer or shorter than the "
                   "others, and clips take frames as they come",
                   100 * look_.uneven),
               "give it a constant rate", look_.uneven),
           usual_rate());
    } else if (norm_.has_rate && look_.rate > 0 && off_by(look_.rate, norm_.rate) > kRateFactor) {
      const bool faster = look_.rate < norm_.rate;
      mend(add(kinds::kOtherRate,
               fmt::format(
                   "has {:.4g} frames/s where most have {:.4g}: what moves in it looks {:.2g} times {}",
                   look_.rate, norm_.rate, off_by(look_.rate, norm_.rate), faster ? "as fast" : "slower"),
               "give it the others' rate", off_by(look_.rate, norm_.rate)),
           usual_rate());
    }
  }

  void find_odd_shape() {
    const std::string size = fmt::format("{}x{}", look_.width, look_.height);
    const int shorter = std::min(look_.width, look_.height);
    if (shorter > 0 && shorter < kTinyShare * clip_.crop) {
      add(kinds::kTiny,
          fmt::format("its pictures of {} are enlarged to the {} that the network sees", size, clip_.crop),
          "get a larger one, or train with a smaller crop and resize",
          clip_.crop / static_cast<double>(shorter));
    }
    if (is_portrait(look_) && norm_.portraits <= norm_.landscapes) {
      mend(add(kinds::kPortrait, "is portrait, " + size + ", where most are landscape, and is " + squeezed(),
               "see whether it shows the action so; else give it black sides, which keeps head and feet "
               "('crop=iw:iw*3/4' in place of the pad cuts them off)",
               static_cast<double>(look_.height) / look_.width),
           "-vf 'pad=ih*4/3:ih:(ow-iw)/2:0' -q:v 2");
    } else if (is_landscape(look_) && norm_.landscapes < norm_.portraits) {
      mend(add(kinds::kLandscape, "is landscape, " + size + ", where most are portrait, and is " + squeezed(),
               "see whether it shows the action so; else give it black bars above and below, which keeps "
               "both sides "
               "('crop=ih*3/4:ih' in place of the pad cuts them off)",
               static_cast<double>(look_.width) / look_.height),
           "-vf 'pad=iw:iw*4/3:0:(oh-ih)/2' -q:v 2");
    }
    if (look_.interlaced) {
      mend(
          add(kinds::kInterlaced, "is interlaced: what moves has teeth", "make whole pictures of its halves"),
          "-vf yadif -q:v 2");
    }
    if (look_.turned != 0) {
      mend(add(kinds::kTurned,
               fmt::format("its file says to turn it by {} degrees: c3d does, other programs may not",
                           look_.turned),
               "see that it stands upright, and turn it for good"),
           "-q:v 2");
    }
  }

  // What becomes of its shape.
  std::string squeezed() const {
    if (clip_.keeps_shape()) return "seen at its centre alone";
    const double wider = static_cast<double>(clip_.resize_width) / clip_.resize_height /
                         (static_cast<double>(look_.width) / look_.height);
    return wider > 1 ? fmt::format("stretched {:.2g} times as wide", wider)
                     : fmt::format("squeezed to {:.2g} of its width", wider);
  }

  const std::filesystem::path data_;
  const ClipSpec& clip_;
  const Norm& norm_;
  const CollectedVideo& one_;
  const VideoLook& look_;
  Findings& findings_;
};

}  // namespace

void find_odd_videos(const Collection& collection, Findings& findings) {
  const Norm norm = norm_of(collection.videos);
  for (const CollectedVideo& one : collection.videos) OddVideo(collection, norm, one, findings).find();
}

}  // namespace c3d
