#include <algorithm>
#include <cmath>

#include "c3d/report/canvas.h"
#include "c3d/report/pictures.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

constexpr double kStripCaption = 18, kStripGap = 14;
// Cairo's pictures end at 32767 pixels a side.
constexpr double kWidestSheet = 32000;

void paint_frame(Canvas& canvas, std::span<const std::uint8_t> rgb, int width, int height, double x,
                 double y) {
  Canvas frame(rgb, width, height);
  cairo_t* context = canvas.context();
  cairo_set_source_surface(context, frame.surface(), x, y);
  cairo_rectangle(context, x, y, width, height);
  cairo_fill(context);
}

}  // namespace

void draw_film_strips(const std::filesystem::path& png, const std::vector<FilmStrip>& strips, int width,
                      int height) {
  expect(!strips.empty() && width > 0 && height > 0, "no frames to draw into {}", png);
  std::size_t frames = 0;
  for (const FilmStrip& strip : strips) frames = std::max(frames, strip.frames.size());
  const double across = static_cast<double>(frames) * (width + 2) + kStripGap;
  const double down = height + kStripCaption + 4;
  const double all = static_cast<double>(strips.size());
  const double columns = std::clamp(std::round(std::sqrt(all * down / across)), 1.0, all);
  const double rows = std::ceil(all / columns);
  const double sheet_width = columns * across + kStripGap, sheet_height = rows * down + kStripGap;
  expect(sheet_width < kWidestSheet && sheet_height < kWidestSheet,
         "{} rows of {} frames of {}x{} are too much for one picture: show fewer or smaller ones",
         strips.size(), frames, width, height);
  Canvas canvas(sheet_width, sheet_height, 1);
  const TextStyle name{.size = 12, .bold = true};
  const TextStyle note{.size = 11, .color = kQuiet};
  for (std::size_t i = 0; i < strips.size(); ++i) {
    const FilmStrip& strip = strips[i];
    const std::size_t row = i % static_cast<std::size_t>(rows), column = i / static_cast<std::size_t>(rows);
    const double x = kStripGap + static_cast<double>(column) * across;
    const double y = kStripGap / 2 + static_cast<double>(row) * down;
    canvas.text(x, y + 13, strip.name, name);
    const double used = canvas.text_width(strip.name, name) + 8;
    canvas.text(x + used, y + 13,
                canvas.shortened(strip.note, note, std::max(0.0, across - used - kStripGap)), note);
    for (std::size_t k = 0; k < strip.frames.size(); ++k) {
      paint_frame(canvas, strip.frames[k], width, height, x + static_cast<double>(k) * (width + 2),
                  y + kStripCaption);
    }
  }
  canvas.write_png(png);
}

}  // namespace c3d
