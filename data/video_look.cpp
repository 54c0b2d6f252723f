#include "data/video_look.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <system_error>

#include "data/grey_cells.h"

namespace c3d {
namespace {

// Video's black is level 0 of RGB; encoders and cameras leave some levels of noise.
constexpr float kBlack = 20;
constexpr std::size_t kMostSteps = 4096;
// Of the median. Containers that count milliseconds, as Matroska's do, err by less.
constexpr double kUnevenShare = 0.2;
constexpr double kMillisecond = 0.0011;

constexpr std::size_t kFewestSmoothed = 8;  // frames
// The noisiest cell of a still picture changes by so many times what the middle one does; in levels, at most.
constexpr float kNoisiestCell = 2.5, kMostNoiseLevels = 5;

constexpr double kLongestSide = 1e6, kFastest = 1e6, kLongestTime = 1e9, kMostAnnounced = 2e9, kWhite = 255;
constexpr std::size_t kLongestCodec = 40;

// Takes a number and the blank after it off the text. False: there is none within 0 to `most`.
bool take(std::string_view& text, double most, double& value) {
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc() || !(value >= 0 && value <= most)) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (!text.starts_with(' ')) return false;
  text.remove_prefix(1);
  return true;
}

template <typename Whole>
bool take_whole(std::string_view& text, double most, Whole& value) {
  double number = 0;
  if (!take(text, most, number) || number != std::floor(number)) return false;
  value = static_cast<Whole>(number);
  return true;
}

float middle_of(float a, float b, float c) { return std::max(std::min(a, b), std::min(std::max(a, b), c)); }

bool is_word(std::string_view text) {
  return text.size() <= kLongestCodec &&
         std::ranges::all_of(text, [](char letter) { return letter > ' ' && letter < '\x7f'; });
}

}  // namespace

std::string look_text(const VideoLook& look) {
  return fmt::format("{} {} {:.6g} {:.6g} {} {} {} {:.3g} {:.4g} {:.4g} {:.4g} {:.3g} {}", look.width,
                     look.height, look.rate, look.seconds, look.announced, look.turned,
                     look.interlaced ? 1 : 0, look.uneven, look.brightness, look.contrast, look.change,
                     look.dark, is_word(look.codec) ? look.codec : "");
}

std::optional<VideoLook> parse_look(std::string_view text) {
  VideoLook look;
  const bool is_look =
      take_whole(text, kLongestSide, look.width) && take_whole(text, kLongestSide, look.height) &&
      take(text, kFastest, look.rate) && take(text, kLongestTime, look.seconds) &&
      take_whole(text, kMostAnnounced, look.announced) && take_whole(text, 270, look.turned) &&
      take_whole(text, 1, look.interlaced) && take(text, 1, look.uneven) &&
      take(text, kWhite, look.brightness) && take(text, kWhite, look.contrast) &&
      take(text, kWhite, look.change) && take(text, 1, look.dark) && is_word(text);
  if (!is_look) return std::nullopt;
  look.codec = text;
  return look;
}

void LookMaker::add(std::span<const std::uint8_t> frame, int width, int height) {
  Cells cells;
  grey_cells(frame, width, height, kColumns, kRows, cells);
  float sum = 0, squares = 0;
  for (const float cell : cells) {
    sum += cell;
    squares += cell * cell;
  }
  const float mean = sum / static_cast<float>(cells.size());
  const float variance = squares / static_cast<float>(cells.size()) - mean * mean;
  frames_.add({mean, std::sqrt(std::max(variance, 0.0F)), std::ranges::max(cells) < kBlack, cells});
}

void LookMaker::finish(VideoLook& look) const {
  const std::vector<Frame>& frames = frames_.kept();
  if (frames.empty()) return;
  double mean = 0, deviation = 0, dark = 0;
  for (const Frame& frame : frames) {
    mean += frame.mean;
    deviation += frame.deviation;
    dark += frame.dark ? 1 : 0;
  }
  const auto count = static_cast<double>(frames.size());
  look.brightness = mean / count;
  look.contrast = deviation / count;
  look.dark = dark / count;
  look.change = change_of(frames);
}

// Encoders redraw a still picture at each of their key frames, in other levels: that lasts one frame, or
// comes to all cells, as a camera's noise does. What moves changes the cells that it passes by more than the
// others.
double LookMaker::change_of(const std::vector<Frame>& frames) {
  const bool is_smoothed = frames.size() >= kFewestSmoothed;
  std::vector<float> changes(Cells().size());
  for (std::size_t cell = 0; cell < changes.size(); ++cell) {
    const auto level = [&](std::size_t frame) { return frames[frame].cells[cell]; };
    float darkest = 255, brightest = 0;
    for (std::size_t i = is_smoothed ? 1 : 0; i < frames.size() - (is_smoothed ? 1 : 0); ++i) {
      const float here = is_smoothed ? middle_of(level(i - 1), level(i), level(i + 1)) : level(i);
      darkest = std::min(darkest, here);
      brightest = std::max(brightest, here);
    }
    changes[cell] = brightest - darkest;
  }
  const float most = std::ranges::max(changes);
  const auto middle = changes.begin() + std::ssize(changes) / 2;
  std::ranges::nth_element(changes, middle);
  return std::max(0.0F, most - std::min(kNoisiestCell * *middle, kMostNoiseLevels));
}

void TimeMeter::add(double seconds) {
  known_ = known_ && seconds >= 0;
  if (last_ >= 0 && steps_.size() < kMostSteps) steps_.push_back(static_cast<float>(seconds - last_));
  last_ = seconds;
}

void TimeMeter::finish(VideoLook& look) const {
  if (!known_ || steps_.empty()) return;
  std::vector<float> steps = steps_;
  const auto middle = steps.begin() + std::ssize(steps) / 2;
  std::ranges::nth_element(steps, middle);
  const double median = *middle;
  if (median <= 0 || last_ <= 0 || last_ > kLongestTime) return;
  const double least = std::max(kUnevenShare * median, kMillisecond);
  const auto uneven =
      std::ranges::count_if(steps, [&](float step) { return std::abs(step - median) > least; });
  look.uneven = static_cast<double>(uneven) / static_cast<double>(steps.size());
  look.seconds = last_ + median;
}

}  // namespace c3d
