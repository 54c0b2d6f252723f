#include "c3d/explanation/heat_pictures.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "c3d/explanation/heat.h"
#include "c3d/report/heat_colors.h"
#include "c3d/report/pictures.h"
#include "data/clip_sampler.h"
#include "data/video_reader.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

constexpr int kStripFrames = 8;
constexpr int kMostStripHeight = 300;  // of a frame, in pixels: enough for print
constexpr int kMostStripWidth = 1200;  // so that eight of them are a picture that Cairo can make

// The frames of the video in the middles of eight equal parts of a clip, in their order.
std::vector<std::int64_t> strip_frames(const ExplainedWindow& window, const ClipSpec& spec,
                                       std::int64_t frames) {
  std::vector<std::int64_t> numbers;
  for (int i = 0; i < kStripFrames; ++i) {
    const int position = (2 * i + 1) * spec.clip_frames / (2 * kStripFrames);
    numbers.push_back(clip_frame(spec, window.first_frame, position, frames));
  }
  return numbers;
}

struct ShownFrame {
  std::vector<std::uint8_t> rgb;
  double seconds = -1;  // negative: the file does not say
};

// Those of these numbers, small enough for a strip; how large they are.
std::map<std::int64_t, ShownFrame> read_frames(const ExplanationFile& target,
                                               const std::vector<std::int64_t>& numbers, FrameSize& size) {
  {
    const VideoReader whole(target.video, std::nullopt, target.numbering);
    size = {0, std::min({whole.width(), whole.height(), kMostStripHeight})};
    if (whole.width() > kMostStripWidth / kMostStripHeight * whole.height()) {
      const int width = std::min(whole.width(), kMostStripWidth);
      size = {width, std::max(1, whole.height() * width / whole.width())};
    }
  }
  VideoReader reader(target.video, size, target.numbering);
  size = {reader.width(), reader.height()};
  std::map<std::int64_t, ShownFrame> frames;
  for (const std::int64_t number : numbers) frames[number];
  const auto bytes = static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height) * 3;
  for (std::int64_t number = 0; number <= frames.rbegin()->first; ++number) {
    const auto wanted = frames.find(number);
    if (wanted != frames.end()) wanted->second.rgb.resize(bytes);
    const bool there =
        reader.next(wanted != frames.end() ? std::span(wanted->second.rgb) : std::span<std::uint8_t>());
    expect(there, "{}: it gave {} frames when it was read again to be drawn", target.video, number);
    if (wanted != frames.end()) wanted->second.seconds = reader.seconds();
  }
  return frames;
}

// An explanation of one of its windows by itself: those that overlap it saw other frames, too.
VideoExplanation window_alone(const VideoExplanation& all, std::ptrdiff_t window) {
  VideoExplanation alone = all;
  alone.windows = {all.windows.at(static_cast<std::size_t>(window))};
  const std::ptrdiff_t size = std::ssize(all.maps) / std::ssize(all.windows);
  alone.maps.assign(all.maps.begin() + window * size, all.maps.begin() + (window + 1) * size);
  return alone;
}

std::string caption_of(std::int64_t number, const ShownFrame& frame, double rate) {
  if (frame.seconds >= 0) return fmt::format("{:.2f} s", frame.seconds);
  if (rate > 0) return fmt::format("{:.2f} s", static_cast<double>(number) / rate);
  return fmt::format("frame {}", number);
}

}  // namespace

void draw_explanation(const VideoExplanation& explanation, const ExplanationFile& target) {
  expect(can_be_read_again(target.video), "{}: is a pipe, which gives its bytes once", target.video);
  const auto best =
      std::ranges::max_element(explanation.windows, std::ranges::less(), &ExplainedWindow::probability);
  expect(best != explanation.windows.end(), "{}: it has no clip to draw", target.video);
  const std::vector<std::int64_t> numbers = strip_frames(*best, target.clip, explanation.frames);
  FrameSize size;
  const std::map<std::int64_t, ShownFrame> frames = read_frames(target, numbers, size);

  HeatStrip strip;
  strip.title = fmt::format("{}  {:.1f} %", explanation.label, 100 * best->probability);
  strip.words = fmt::format(
      "{}, {:.2f} s to {:.2f} s, its likeliest window of {}; {:.1f} % in all of it; Grad-CAM at {}, {} x {} "
      "x {}",
      explanation.file.filename().string(), best->start_seconds, best->end_seconds,
      explanation.windows.size(), 100 * explanation.probability, explanation.layer, explanation.grid[0],
      explanation.grid[1], explanation.grid[2]);
  strip.width = size.width;
  strip.height = size.height;
  strip.most = "most in this window";
  strip.unseen = "not seen by the network";
  const VideoExplanation alone = window_alone(explanation, best - explanation.windows.begin());
  Heat heat(alone, target.clip, size.width, size.height);
  for (const std::int64_t number : numbers) {
    const ShownFrame& frame = frames.at(number);
    strip.frames.push_back({caption_of(number, frame, explanation.frame_rate), frame.rgb});
    draw_heat_on_frame(strip.frames.back().rgb, heat.at(number));
  }
  draw_heat_strip(target.file, strip);
}

}  // namespace c3d
