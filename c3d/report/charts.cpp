#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "c3d/report/axis.h"
#include "c3d/report/canvas.h"
#include "c3d/report/pictures.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

constexpr double kPanelWidth = 520, kPanelHeight = 380, kSmallPanelHeight = 210;
constexpr std::size_t kPanelsInRow = 3;
constexpr double kCurveThickness = 2, kDot = 2.6, kRing = 4.4, kRingThickness = 1.6;
constexpr double kPixelsPerPoint = 2;
constexpr std::size_t kDottedUpTo = 40;  // longer curves show no single points

struct Box {
  double x = 0, y = 0, w = 0, h = 0;
};

// Of a panel, in points.
struct PanelStyle {
  double left, right, top, bottom;  // around the plot and what stands above it
  double title_size;
  int x_ticks, y_ticks;
};
constexpr PanelStyle kLarge{70, 28, 18, 56, 15, 8, 5}, kSmall{70, 28, 6, 52, 13, 5, 3};

bool is_point(const std::pair<double, double>& point) {
  return std::isfinite(point.first) && std::isfinite(point.second);
}

struct Range {
  double from = std::numeric_limits<double>::infinity(), to = -std::numeric_limits<double>::infinity();
  void take(double value) {
    from = std::min(from, value);
    to = std::max(to, value);
  }
  bool empty() const { return from > to; }
};

std::pair<Axis, Axis> axes_of(const Chart& chart, const PanelStyle& style) {
  Range x, y;
  for (const Curve& curve : chart.curves) {
    for (const auto& point : curve.points) {
      if (!is_point(point)) continue;
      x.take(point.first);
      y.take(point.second);
    }
  }
  if (x.empty()) x = {0, 1};
  if (y.empty()) y = {0, 1};
  if (chart.y_from_zero) y.from = std::min(y.from, 0.0);
  if (chart.y_to > 0) y.to = chart.y_to;
  if (x.from == x.to) x = {x.from - 0.5, x.to + 0.5};
  if (y.from == y.to) y = {y.from, y.to + (y.to == 0 ? 1 : std::abs(y.to) / 2)};
  return {make_axis(x.from, x.to, style.x_ticks, false), make_axis(y.from, y.to, style.y_ticks, true)};
}

void draw_mark(Canvas& canvas, const Curve& curve, Color color, double x, double middle, double width) {
  constexpr double kBar = 4;
  const double part = curve.dashed ? (width - kBar) / 2 : width;
  canvas.rectangle(x, middle - kBar / 2, part, kBar, color, 2);
  if (curve.dashed) canvas.rectangle(x + width - part, middle - kBar / 2, part, kBar, color, 2);
}

// Names of the curves in rows below the title; the height they take.
double draw_legend(Canvas& canvas, const Chart& chart, const Box& box) {
  const TextStyle style{.size = 12, .color = kQuiet};
  constexpr double kRow = 18, kMark = 16, kGap = 18;
  double x = box.x, y = box.y;
  if (std::ranges::all_of(chart.curves, [](const Curve& curve) { return curve.name.empty(); })) return 0;
  for (std::size_t i = 0; i < chart.curves.size(); ++i) {
    const std::string name = canvas.shortened(chart.curves[i].name, style, box.w - kMark - 6);
    const double width = kMark + 6 + canvas.text_width(name, style);
    if (x > box.x && x + width > box.x + box.w) {
      x = box.x;
      y += kRow;
    }
    draw_mark(canvas, chart.curves[i], series_color(i), x, y + kRow / 2, kMark);
    canvas.text(x + kMark + 6, Canvas::middle(y + kRow / 2, style), name, style);
    x += width + kGap;
  }
  return y + kRow - box.y;
}

void draw_axes(Canvas& canvas, const Chart& chart, const Axis& x, const Axis& y, const Box& plot) {
  TextStyle style{.size = 11, .color = kQuiet, .align = Align::right};
  for (const double tick : y.ticks) {
    const double at = plot.y + plot.h * (1 - y.share(tick));
    canvas.line(plot.x, at, plot.x + plot.w, at, kGrid);
    canvas.text(plot.x - 8, Canvas::middle(at, style), tick_label(tick, y.step), style);
  }
  style.align = Align::center;
  for (const double tick : x.ticks) {
    const double at = plot.x + plot.w * x.share(tick);
    canvas.line(at, plot.y + plot.h, at, plot.y + plot.h + 4, kQuiet);
    canvas.text(at, plot.y + plot.h + 18, tick_label(tick, x.step), style);
  }
  canvas.line(plot.x, plot.y + plot.h, plot.x + plot.w, plot.y + plot.h, kQuiet);
  style.size = 12;
  canvas.text(plot.x + plot.w / 2, plot.y + plot.h + 38, chart.x_label, style);
  style.rotation = -std::numbers::pi / 2;
  canvas.text(plot.x - 50, plot.y + plot.h / 2, chart.y_label, style);
}

void draw_curve(Canvas& canvas, const Curve& curve, Color color, const Axis& x, const Axis& y,
                const Box& plot) {
  std::vector<std::pair<double, double>> run;
  const auto finish = [&] {
    if (run.size() > 1) canvas.curve(run, color, kCurveThickness, curve.dashed);
    if (run.size() == 1 || curve.points.size() <= kDottedUpTo) {
      for (const auto& [px, py] : run) {
        if (curve.dashed) {
          canvas.ring(px, py, kRing, color, kRingThickness);
        } else {
          canvas.dot(px, py, kDot, color);
        }
      }
    }
    run.clear();
  };
  for (const auto& point : curve.points) {
    if (!is_point(point)) {
      finish();
      continue;
    }
    const double up = std::clamp(y.share(point.second), 0.0, 1.0);
    run.emplace_back(plot.x + plot.w * x.share(point.first), plot.y + plot.h * (1 - up));
  }
  finish();
}

void draw_panel(Canvas& canvas, const Chart& chart, const Box& panel, const PanelStyle& style) {
  const TextStyle title{.size = style.title_size, .bold = true};
  const Box inner{panel.x + style.left, panel.y + style.top, panel.w - style.left - style.right,
                  panel.h - style.top - style.bottom};
  canvas.text(inner.x, inner.y + 14, canvas.shortened(chart.title, title, inner.w), title);
  const double top = 24 + draw_legend(canvas, chart, {inner.x, inner.y + 24, inner.w, 0}) + 12;
  const Box plot{inner.x, inner.y + top, inner.w, inner.h - top};
  const auto [x, y] = axes_of(chart, style);
  draw_axes(canvas, chart, x, y, plot);
  for (std::size_t i = 0; i < chart.curves.size(); ++i) {
    draw_curve(canvas, chart.curves[i], series_color(i), x, y, plot);
  }
}

}  // namespace

bool can_draw() { return true; }

void draw_charts(const std::filesystem::path& png, const std::vector<Chart>& charts,
                 const std::vector<Chart>& small_charts) {
  expect(!charts.empty(), "no chart to draw into {}", png.string());
  const std::size_t columns = std::min(charts.size(), kPanelsInRow);
  const std::size_t rows = (charts.size() + columns - 1) / columns;
  const double width = kPanelWidth * static_cast<double>(columns);
  const double height = kPanelHeight * static_cast<double>(rows);
  Canvas canvas(width, height + (small_charts.empty() ? 0 : kSmallPanelHeight), kPixelsPerPoint);
  for (std::size_t i = 0; i < charts.size(); ++i) {
    const std::size_t row = i / columns, column = i % columns;
    draw_panel(canvas, charts[i],
               {kPanelWidth * static_cast<double>(column), kPanelHeight * static_cast<double>(row),
                kPanelWidth, kPanelHeight},
               kLarge);
  }
  const double small_width = width / static_cast<double>(std::max<std::size_t>(1, small_charts.size()));
  for (std::size_t i = 0; i < small_charts.size(); ++i) {
    draw_panel(canvas, small_charts[i],
               {small_width * static_cast<double>(i), height, small_width, kSmallPanelHeight}, kSmall);
  }
  canvas.write_png(png);
}

}  // namespace c3d
