#include <algorithm>

#include "c3d/report/canvas.h"
#include "c3d/report/pictures.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

constexpr std::size_t kClipColumns = 2, kMostClips = 64;  // more clips are too many to look at
constexpr std::size_t kWordLines = 2;
constexpr double kSheetMargin = 24, kFrameGap = 4, kClipGap = 28, kSheetHeading = 46;
constexpr double kTitleRow = 17, kWordRow = 15, kBelowClip = 14;
constexpr double kLeastRow = 448;  // the width of a clip's frames, so that its words have room

// Broken after commas, as far as the lines allow; the last one is shortened.
std::vector<std::string> lines_of(Canvas& canvas, const std::string& words, const TextStyle& style,
                                  double width) {
  std::vector<std::string> lines;
  std::size_t from = 0;
  while (from < words.size() && lines.size() + 1 < kWordLines) {
    std::size_t end = from;
    for (std::size_t next = from; next < words.size();) {
      const std::size_t comma = words.find(", ", next);
      next = comma < words.size() ? comma + 1 : words.size();
      if (end > from && canvas.text_width(words.substr(from, next - from), style) > width) break;
      end = next;
    }
    lines.push_back(words.substr(from, end - from));
    from = end + 1;
  }
  if (from < words.size()) lines.push_back(canvas.shortened(words.substr(from), style, width));
  return lines;
}

}  // namespace

void draw_clips(const std::filesystem::path& png, const std::vector<ClipRow>& clips, int width, int height,
                const std::string& title) {
  expect(!clips.empty() && clips.size() <= kMostClips, "a picture of {} clips: from 1 to {} can be drawn",
         clips.size(), kMostClips);
  std::size_t frames = 1;
  for (const ClipRow& clip : clips) frames = std::max(frames, clip.frames.size());
  const auto count = static_cast<double>(frames);
  const double scale = std::max(1.0, kLeastRow / (count * width));
  const double frame_width = width * scale, frame_height = height * scale;
  const double row_width = count * (frame_width + kFrameGap) - kFrameGap;
  const double caption = kTitleRow + static_cast<double>(kWordLines) * kWordRow + kFrameGap;
  const double row_height = caption + frame_height + kBelowClip;
  const std::size_t columns = std::min(kClipColumns, clips.size());
  const std::size_t rows = (clips.size() + columns - 1) / columns;
  const double across = static_cast<double>(columns) * (row_width + kClipGap) - kClipGap;
  Canvas canvas(2 * kSheetMargin + across,
                kSheetHeading + static_cast<double>(rows) * row_height + kSheetMargin - kBelowClip, 1);

  const TextStyle heading{.size = 16, .bold = true}, name{.size = 12.5, .bold = true};
  const TextStyle quiet{.size = 11, .color = kQuiet};
  canvas.text(kSheetMargin, 30, canvas.shortened(title, heading, across), heading);
  for (std::size_t i = 0; i < clips.size(); ++i) {
    const std::size_t row = i / columns;
    const double x = kSheetMargin + static_cast<double>(i % columns) * (row_width + kClipGap);
    const double y = kSheetHeading + static_cast<double>(row) * row_height;
    canvas.text(x, y + 12, canvas.shortened(clips[i].title, name, row_width), name);
    double base = y + kTitleRow + 11;
    for (const std::string& line : lines_of(canvas, clips[i].words, quiet, row_width)) {
      canvas.text(x, base, line, quiet);
      base += kWordRow;
    }
    for (std::size_t frame = 0; frame < clips[i].frames.size(); ++frame) {
      Canvas picture(clips[i].frames[frame], width, height);
      canvas.picture(x + static_cast<double>(frame) * (frame_width + kFrameGap), y + caption, frame_width,
                     frame_height, picture);
    }
  }
  canvas.write_png(png);
}

}  // namespace c3d
