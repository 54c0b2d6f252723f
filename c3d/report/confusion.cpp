#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <numbers>
#include <numeric>

#include "c3d/report/canvas.h"
#include "c3d/report/pictures.h"
#include "engine/core/error.h"
#include "engine/io/atomic_file.h"

namespace c3d {
namespace {

constexpr Color kFull = rgb_color(0x1D4ED8);
constexpr double kLongestName = 220;
constexpr std::size_t kCountsUpTo = 40;   // classes; cells of larger tables have no room for a number
constexpr std::size_t kMostClasses = 60;  // more are too many to read, and in the end for Cairo

using Counts = std::vector<std::vector<std::int64_t>>;

struct Table {
  std::vector<std::string> labels;
  Counts counts;
  std::vector<std::int64_t> totals;  // of each true class, what is not drawn included
};

// The classes of a picture, in label order: all, where they are few; else those that a video shows or is taken for, and of
// too many of these the ones that take part in the most mistakes.
std::vector<std::size_t> drawn_classes(const Counts& confusion) {
  std::vector<std::size_t> classes(confusion.size());
  std::iota(classes.begin(), classes.end(), std::size_t{0});
  if (classes.size() <= kCountsUpTo) return classes;
  std::vector<std::int64_t> videos(confusion.size(), 0), mistakes(confusion.size(), 0);
  for (std::size_t truth = 0; truth < confusion.size(); ++truth) {
    for (std::size_t predicted = 0; predicted < confusion.size(); ++predicted) {
      for (const std::size_t one : {truth, predicted}) {
        videos[one] += confusion[truth][predicted];
        if (truth != predicted) mistakes[one] += confusion[truth][predicted];
      }
    }
  }
  const auto has_videos = [&](std::size_t one) { return videos[one] > 0; };
  if (std::ranges::any_of(classes, has_videos)) std::erase_if(classes, std::not_fn(has_videos));
  if (classes.size() > kMostClasses) {
    std::ranges::stable_sort(classes, std::greater(), [&](std::size_t one) { return mistakes[one]; });
    classes.resize(kMostClasses);
    std::ranges::sort(classes);
  }
  return classes;
}

Table table_of(const std::vector<std::string>& labels, const Counts& confusion) {
  Table table;
  const std::vector<std::size_t> shown = drawn_classes(confusion);
  for (const std::size_t truth : shown) {
    const std::vector<std::int64_t>& row = confusion[truth];
    table.labels.push_back(labels[truth]);
    table.totals.push_back(std::accumulate(row.begin(), row.end(), std::int64_t{0}));
    std::vector<std::int64_t>& counts = table.counts.emplace_back();
    for (const std::size_t predicted : shown) counts.push_back(row[predicted]);
  }
  return table;
}

struct MatrixLayout {
  double cell = 0, left = 0, top = 0, side = 0, right = 0;
  TextStyle name, count;
};

MatrixLayout layout_of(const std::vector<std::string>& labels) {
  const std::size_t classes = labels.size();
  MatrixLayout layout;
  layout.cell = classes <= 12 ? 54 : classes <= 25 ? 36 : classes <= kCountsUpTo ? 26 : 13;
  layout.name = {.size = std::min(13.0, layout.cell * 0.75), .color = kInk};
  layout.count = {.size = std::min(14.0, layout.cell * 0.38), .align = Align::center};
  layout.side = layout.cell * static_cast<double>(classes);
  Canvas measure(1, 1, 1);
  double longest = 0;
  for (const std::string& label : labels) longest = std::max(longest, measure.text_width(label, layout.name));
  longest = std::min(longest, kLongestName);
  layout.left = longest + 56;
  layout.top = 64 + longest * 0.75;
  layout.right = std::max(130.0, longest * 0.75 + 20);
  return layout;
}

void draw_row(Canvas& canvas, const MatrixLayout& layout, const std::vector<std::int64_t>& row,
              std::int64_t total, double y) {
  for (std::size_t column = 0; column < row.size(); ++column) {
    const double x = layout.left + layout.cell * static_cast<double>(column);
    const double share = total > 0 ? static_cast<double>(row[column]) / static_cast<double>(total) : 0;
    // Three percent of a large class must still be seen: a cell that is not empty starts at a visible tint.
    const Color color = row[column] == 0 ? rgb_color(0xF5F7FA) : blend(rgb_color(0xDBE7FF), kFull, share);
    const double gap = layout.cell > 20 ? 1 : 0.25;
    canvas.rectangle(x + gap, y + gap, layout.cell - 2 * gap, layout.cell - 2 * gap, color,
                     layout.cell > 20 ? 3 : 0);
    if (row[column] == 0 || row.size() > kCountsUpTo) continue;
    TextStyle style = layout.count;
    style.color = share > 0.45 ? kPaper : kInk;
    style.bold = share > 0.45;
    canvas.text(x + layout.cell / 2, Canvas::middle(y + layout.cell / 2, style),
                fmt::format("{}", row[column]), style);
  }
}

void draw_names(Canvas& canvas, const MatrixLayout& layout, const std::vector<std::string>& labels) {
  TextStyle side = layout.name, above = layout.name;
  side.align = Align::right;
  above.rotation = -std::numbers::pi / 4;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const double middle = layout.cell * (static_cast<double>(i) + 0.5);
    const std::string name = canvas.shortened(labels[i], layout.name, kLongestName);
    canvas.text(layout.left - 10, Canvas::middle(layout.top + middle, side), name, side);
    canvas.text(layout.left + middle + 4, layout.top - 8, name, above);
  }
  TextStyle caption{.size = 12, .color = kQuiet, .align = Align::center};
  canvas.text(layout.left + layout.side / 2, layout.top + layout.side + 26, "predicted class", caption);
  caption.rotation = -std::numbers::pi / 2;
  canvas.text(24, layout.top + layout.side / 2, "true class", caption);
}

void draw_scale(Canvas& canvas, const MatrixLayout& layout) {
  const double x = layout.left + layout.side + 34, height = std::min(layout.side, 260.0);
  constexpr int kSteps = 100;
  for (int i = 0; i < kSteps; ++i) {
    const double share = (i + 0.5) / kSteps;
    canvas.rectangle(x, layout.top + height * (1 - (i + 1.0) / kSteps), 14, height / kSteps + 0.5,
                     blend(rgb_color(0xDBE7FF), kFull, share));
  }
  const TextStyle style{.size = 11, .color = kQuiet};
  for (const int percent : {0, 50, 100}) {
    canvas.text(x + 20, Canvas::middle(layout.top + height * (1 - percent / 100.0), style),
                fmt::format("{} %", percent), style);
  }
  canvas.text(x, layout.top + height + 24, "of true class", style);
}

}  // namespace

std::string confusion_png(const std::vector<std::string>& labels,
                          const std::vector<std::vector<std::int64_t>>& confusion, const std::string& title) {
  expect(!labels.empty() && confusion.size() == labels.size(),
         "a confusion matrix of {} rows for {} classes cannot be drawn", confusion.size(), labels.size());
  for (const auto& row : confusion) {
    expect(row.size() == labels.size(), "a confusion matrix with a row of {} for {} classes cannot be drawn",
           row.size(), labels.size());
  }
  const Table table = table_of(labels, confusion);
  const MatrixLayout layout = layout_of(table.labels);
  Canvas canvas(layout.left + layout.side + layout.right, layout.top + layout.side + 46, 2);
  const TextStyle title_style{.size = 16, .bold = true};
  const std::size_t drawn = table.labels.size();
  const std::string whole =
      drawn == labels.size() ? title
      : drawn < kMostClasses
          ? fmt::format("{} (the {} of {} classes that take part)", title, drawn, labels.size())
          : fmt::format("{} (the {} most confused of {} classes)", title, drawn, labels.size());
  canvas.text(20, 34, canvas.shortened(whole, title_style, canvas.width() - 40), title_style);
  draw_names(canvas, layout, table.labels);
  for (std::size_t i = 0; i < table.counts.size(); ++i) {
    draw_row(canvas, layout, table.counts[i], table.totals[i],
             layout.top + layout.cell * static_cast<double>(i));
  }
  draw_scale(canvas, layout);
  return canvas.png();
}

void draw_confusion(const std::filesystem::path& png, const std::vector<std::string>& labels,
                    const std::vector<std::vector<std::int64_t>>& confusion, const std::string& title) {
  write_file(png, confusion_png(labels, confusion, title));
}

}  // namespace c3d
