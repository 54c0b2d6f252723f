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
  if (frames_.count() == 0) darkest_ = brightest_ = cells;
  float sum = 0, squares = 0;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    sum += cells[i];
    squares += cells[i] * cells[i];
    darkest_[i] = std::min(darkest_[i], cells[i]);
    brightest_[i] = std::max(brightest_[i], cells[i]);
  }
  const float mean = sum / static_cast<float>(cells.size());
  const float variance = squares / static_cast<float>(cells.size()) - mean * mean;
  frames_.add({mean, std::sqrt(std::max(variance, 0.0F)), std::ranges::max(cells) < kBlack});
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
  float change = 0;
  for (std::size_t i = 0; i < darkest_.size(); ++i) change = std::max(change, brightest_[i] - darkest_[i]);
  look.change = change;
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
