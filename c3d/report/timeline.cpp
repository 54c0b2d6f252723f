#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "c3d/report/axis.h"
#include "c3d/report/canvas.h"
#include "c3d/report/pictures.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

constexpr std::size_t kRows = 5;
constexpr double kTimelineScale = 2;
constexpr double kTimelineWidth = 900, kLeft = 190, kRight = 70, kTop = 92, kRowHeight = 58, kRowGap = 12;

// Labels by their highest probability anywhere, strongest first; where there are thresholds by how far it is
// above theirs.
std::vector<std::size_t> strongest(std::size_t labels, const std::vector<TimelineClip>& clips,
                                   const std::vector<double>& thresholds) {
  std::vector<double> best(labels, -1);
  for (const TimelineClip& clip : clips) {
    for (std::size_t i = 0; i < labels; ++i) {
      best[i] = std::max(best[i], clip.probabilities[i] - (thresholds.empty() ? 0 : thresholds[i]));
    }
  }
  std::vector<std::size_t> order(labels);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return best[a] > best[b]; });
  order.resize(std::min(labels, kRows));
  return order;
}

// Windows overlap or leave gaps; each stands for the time nearer to its middle than to any other's.
std::vector<double> borders_of(const std::vector<TimelineClip>& clips) {
  const auto middle = [&](std::size_t i) { return (clips[i].start_seconds + clips[i].end_seconds) / 2; };
  std::vector<double> borders = {clips.front().start_seconds};
  for (std::size_t i = 1; i < clips.size(); ++i) borders.push_back((middle(i - 1) + middle(i)) / 2);
  borders.push_back(clips.back().end_seconds);
  return borders;
}

std::size_t winner(const TimelineClip& clip) {
  return static_cast<std::size_t>(std::max_element(clip.probabilities.begin(), clip.probabilities.end()) -
                                  clip.probabilities.begin());
}

struct Row {
  std::size_t label = 0;
  double top = 0;
  Color color;
  std::optional<double> threshold;  // none: the likeliest label of a clip is there
};

bool is_there(const Row& row, const TimelineClip& clip) {
  return row.threshold ? clip.probabilities[row.label] > *row.threshold : winner(clip) == row.label;
}

void draw_row(Canvas& canvas, const Row& row, const std::string& name, const std::vector<TimelineClip>& clips,
              const std::vector<double>& x) {
  const double bottom = row.top + kRowHeight, right = kTimelineWidth - kRight;
  canvas.rectangle(kLeft, row.top, right - kLeft, kRowHeight, rgb_color(0xF5F7FA));
  std::vector<std::pair<double, double>> edge;
  double highest = 0;
  for (std::size_t i = 0; i < clips.size(); ++i) {
    const double probability = clips[i].probabilities[row.label];
    highest = std::max(highest, probability);
    const double y = bottom - kRowHeight * std::clamp(probability, 0.0, 1.0);
    const Color fill = row.color.faded(is_there(row, clips[i]) ? 0.55 : 0.18);
    canvas.polygon({{x[i], bottom}, {x[i], y}, {x[i + 1], y}, {x[i + 1], bottom}}, fill);
    edge.emplace_back(x[i], y);
    edge.emplace_back(x[i + 1], y);
  }
  canvas.line(kLeft, row.top + kRowHeight / 2, right, row.top + kRowHeight / 2, kGrid);
  if (row.threshold) {
    const double y = bottom - kRowHeight * *row.threshold;
    canvas.line(kLeft, y, right, y, row.color.faded(0.8), 1.2);
  }
  canvas.curve(edge, row.color, 1.8);
  canvas.line(kLeft, bottom, right, bottom, kQuiet.faded(0.6), 0.8);
  const TextStyle label{.size = 13, .bold = true, .align = Align::right};
  const TextStyle peak{.size = 11, .color = kQuiet, .align = Align::right};
  canvas.text(kLeft - 14, row.top + kRowHeight / 2 - 1, canvas.shortened(name, label, kLeft - 34), label);
  canvas.text(kLeft - 14, row.top + kRowHeight / 2 + 15, fmt::format("up to {:.0f} %", 100 * highest), peak);
  const TextStyle scale{.size = 10, .color = kQuiet};
  canvas.text(right + 8, row.top + 9, "100 %", scale);
  canvas.text(right + 8, bottom, "0 %", scale);
}

// Which label leads when: one band in the colours of the rows.
void draw_leaders(Canvas& canvas, const std::vector<Row>& rows, const std::vector<TimelineClip>& clips,
                  const std::vector<double>& x) {
  const TextStyle style{.size = 11, .color = kQuiet, .align = Align::right};
  canvas.text(kLeft - 14, Canvas::middle(kTop - 19, style), "strongest", style);
  for (std::size_t i = 0; i < clips.size(); ++i) {
    const auto row =
        std::find_if(rows.begin(), rows.end(), [&](const Row& one) { return one.label == winner(clips[i]); });
    canvas.rectangle(x[i], kTop - 24, x[i + 1] - x[i], 10,
                     row == rows.end() ? kQuiet.faded(0.4) : row->color);
  }
}

}  // namespace

void draw_timeline(const std::filesystem::path& png, const std::vector<std::string>& labels,
                   const std::vector<TimelineClip>& clips, const std::string& title,
                   const std::vector<double>& thresholds) {
  expect(!clips.empty() && !labels.empty(), "no clip to draw a time line of into {}", png.string());
  for (const TimelineClip& clip : clips) {
    expect(clip.probabilities.size() == labels.size(), "a clip with {} probabilities for {} labels",
           clip.probabilities.size(), labels.size());
  }
  expect(thresholds.empty() || thresholds.size() == labels.size(), "{} thresholds for {} labels",
         thresholds.size(), labels.size());
  const std::vector<std::size_t> order = strongest(labels.size(), clips, thresholds);
  const double bottom = kTop + static_cast<double>(order.size()) * (kRowHeight + kRowGap) - kRowGap;
  Canvas canvas(kTimelineWidth, bottom + 60, kTimelineScale);
  const TextStyle title_style{.size = 16, .bold = true};
  canvas.text(20, 36, canvas.shortened(title, title_style, kTimelineWidth - 40), title_style);

  std::vector<double> x = borders_of(clips);
  const Axis axis = make_axis(x.front(), x.back(), 9, false);
  for (double& border : x) {
    border = kLeft + (kTimelineWidth - kRight - kLeft) * std::clamp(axis.share(border), 0.0, 1.0);
    // On whole pixels neighbours meet without a seam.
    border = std::round(border * kTimelineScale) / kTimelineScale;
  }
  std::vector<Row> rows;
  for (std::size_t i = 0; i < order.size(); ++i) {
    rows.push_back({order[i], kTop + static_cast<double>(i) * (kRowHeight + kRowGap), series_color(i), {}});
    if (!thresholds.empty()) rows.back().threshold = thresholds[order[i]];
    draw_row(canvas, rows.back(), labels[order[i]], clips, x);
  }
  if (thresholds.empty()) draw_leaders(canvas, rows, clips, x);
  const TextStyle tick_style{.size = 11, .color = kQuiet, .align = Align::center};
  for (const double tick : axis.ticks) {
    const double at = kLeft + (kTimelineWidth - kRight - kLeft) * axis.share(tick);
    canvas.line(at, bottom, at, bottom + 4, kQuiet);
    canvas.text(at, bottom + 18, tick_label(tick, axis.step), tick_style);
  }
  canvas.text((kLeft + kTimelineWidth - kRight) / 2, bottom + 40, "seconds", tick_style);
  canvas.write_png(png);
}

}  // namespace c3d
