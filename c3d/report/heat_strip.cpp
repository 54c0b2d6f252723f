#include <algorithm>

#include "c3d/report/canvas.h"
#include "c3d/report/heat_colors.h"
#include "c3d/report/pictures.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

// In points, of which a frame is kStripFrameHeight high in any strip: text keeps its size beside the frames.
constexpr double kStripFrameHeight = 150, kStripMargin = 18, kStripGap = 5, kStripHeading = 54,
                 kStripCaption = 20, kStripLegend = 34;
constexpr double kScaleWidth = 140, kScaleHeight = 11;
constexpr int kScaleSteps = 70;
constexpr double kLegendGround = 0.5;  // grey that the scale's colours lie on, as they do on frames

Color over_ground(double heat) {
  const std::array<double, 3> color = heat_color(heat);
  return blend({kLegendGround, kLegendGround, kLegendGround}, {color[0], color[1], color[2]},
               kMostHeatOpacity * heat);
}

void draw_legend(Canvas& canvas, double x, double y, const HeatStrip& strip) {
  const TextStyle style{.size = 11, .color = kQuiet};
  const double base = Canvas::middle(y + kScaleHeight / 2, style);
  canvas.text(x, base, "no heat", style);
  double at = x + canvas.text_width("no heat", style) + 6;
  const double step = kScaleWidth / kScaleSteps;
  for (int i = 0; i < kScaleSteps; ++i) {
    // A little wider than its step, so that no white shows between two.
    canvas.rectangle(at + i * step, y, step + (i + 1 < kScaleSteps ? 0.5 : 0), kScaleHeight,
                     over_ground((i + 0.5) / kScaleSteps));
  }
  at += kScaleWidth + 6;
  canvas.text(at, base, strip.most, style);
  at += canvas.text_width(strip.most, style) + 24;
  canvas.rectangle(at, y, kScaleHeight, kScaleHeight, rgb_color(0x2D2D2D));
  canvas.text(at + kScaleHeight + 6, base, strip.unseen, style);
}

}  // namespace

void draw_heat_strip(const std::filesystem::path& png, const HeatStrip& strip) {
  expect(!strip.frames.empty() && strip.width > 0 && strip.height > 0, "there are no frames to draw");
  const double frame_width = kStripFrameHeight * strip.width / strip.height;
  const auto count = static_cast<double>(strip.frames.size());
  const double across = count * (frame_width + kStripGap) - kStripGap;
  const double scale = std::max(1.0, strip.height / kStripFrameHeight);
  Canvas canvas(across + 2 * kStripMargin,
                kStripHeading + kStripFrameHeight + kStripCaption + kStripLegend + kStripMargin / 2, scale);
  const TextStyle head{.size = 17, .bold = true}, words{.size = 12, .color = kQuiet};
  const TextStyle caption{.size = 11, .color = kQuiet, .align = Align::center};
  canvas.text(kStripMargin, 26, canvas.shortened(strip.title, head, across), head);
  canvas.text(kStripMargin, 44, canvas.shortened(strip.words, words, across), words);
  for (std::size_t i = 0; i < strip.frames.size(); ++i) {
    const double x = kStripMargin + static_cast<double>(i) * (frame_width + kStripGap);
    Canvas picture(strip.frames[i].rgb, strip.width, strip.height);
    canvas.picture(x, kStripHeading, frame_width, kStripFrameHeight, picture);
    canvas.text(x + frame_width / 2, kStripHeading + kStripFrameHeight + 14, strip.frames[i].caption,
                caption);
  }
  draw_legend(canvas, kStripMargin, kStripHeading + kStripFrameHeight + kStripCaption + 12, strip);
  canvas.write_png(png);
}

}  // namespace c3d
