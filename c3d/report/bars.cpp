#include <algorithm>

#include "c3d/report/canvas.h"
#include "c3d/report/pictures.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

constexpr double kWidth = 960, kMargin = 28, kColumnGap = 26, kBarRow = 25, kThickness = 15;
constexpr double kHeading = 30, kGroupGap = 14, kFooterRow = 17, kTextGap = 7;
constexpr Color kOurs = rgb_color(0x2563EB), kOther = rgb_color(0xB3BFCC), kYardstick = rgb_color(0xE3E8EE);
constexpr TextStyle kTitle{.size = 19, .bold = true}, kSubtitle{.size = 12.5, .color = kQuiet},
    kColumnTitle{.size = 13, .bold = true}, kName{.size = 12.5}, kNote{.size = 11, .color = kQuiet},
    kFooter{.size = 11, .color = kQuiet};

Color color_of(BarKind kind) {
  return kind == BarKind::ours ? kOurs : kind == BarKind::other ? kOther : kYardstick;
}

TextStyle text_style(BarKind kind) {
  TextStyle style = kName;
  style.bold = kind == BarKind::ours;
  if (kind == BarKind::ours) style.color = kOurs;
  if (kind == BarKind::baseline) style.color = kQuiet;
  return style;
}

struct Column {
  double x = 0, length = 0;  // where bars begin, and of a bar of value `most`
  double most = 0;
};

struct BarsLayout {
  double names = 0;  // width
  std::vector<Column> columns;
  double rows_top = 0, height = 0;
};

double label_width(Canvas& canvas, const Bar& bar, BarKind kind) {
  const double note = bar.note.empty() ? 0 : canvas.text_width(bar.note, kNote) + kTextGap;
  return canvas.text_width(bar.text, text_style(kind)) + note + kTextGap;
}

// The longest scale at which every bar leaves room for the text behind it.
Column fitted(Canvas& canvas, const BarTable& table, std::size_t column, double x, double width) {
  Column result{x, width, 0};
  for (const BarGroup& group : table.groups) {
    for (const BarRow& row : group.rows) {
      result.most = std::max(result.most, row.bars[column].value.value_or(0));
    }
  }
  for (const BarGroup& group : table.groups) {
    for (const BarRow& row : group.rows) {
      const double value = row.bars[column].value.value_or(0);
      if (!(value > 0)) continue;
      const double room = std::max(1.0, width - label_width(canvas, row.bars[column], row.kind));
      result.length = std::min(result.length, room * result.most / value);
    }
  }
  return result;
}

BarsLayout layout_of(const BarTable& table) {
  Canvas measure(1, 1, 1);
  BarsLayout layout;
  std::size_t rows = 0;
  for (const BarGroup& group : table.groups) {
    rows += group.rows.size();
    for (const BarRow& row : group.rows) {
      layout.names = std::max(layout.names, measure.text_width(row.name, text_style(row.kind)));
    }
  }
  layout.names = std::min(layout.names, kWidth / 4);
  const double left = kMargin + layout.names + 14;
  const auto count = static_cast<double>(table.columns.size());
  const double width = (kWidth - kMargin - left - kColumnGap * (count - 1)) / count;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const double x = left + (width + kColumnGap) * static_cast<double>(i);
    layout.columns.push_back(fitted(measure, table, i, x, width));
  }
  layout.rows_top = kMargin + 74;
  const auto groups = static_cast<double>(table.groups.size());
  layout.height = layout.rows_top + kHeading * groups + kBarRow * static_cast<double>(rows) +
                  kGroupGap * (groups - 1) + 22 + kFooterRow * static_cast<double>(table.footer.size()) +
                  kMargin - 10;
  return layout;
}

void draw_heading(Canvas& canvas, const BarTable& table, const BarsLayout& layout) {
  canvas.text(kMargin, kMargin + 14, canvas.shortened(table.title, kTitle, kWidth - 2 * kMargin), kTitle);
  canvas.text(kMargin, kMargin + 36, canvas.shortened(table.subtitle, kSubtitle, kWidth - 2 * kMargin),
              kSubtitle);
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    canvas.text(layout.columns[i].x, layout.rows_top - 6, table.columns[i], kColumnTitle);
  }
}

void draw_row(Canvas& canvas, const BarsLayout& layout, const BarRow& row, double y) {
  const double middle = y + kBarRow / 2;
  const TextStyle style = text_style(row.kind);
  TextStyle name = style;
  name.align = Align::right;
  canvas.text(kMargin + layout.names, Canvas::middle(middle, name),
              canvas.shortened(row.name, name, layout.names + 1), name);
  for (std::size_t i = 0; i < row.bars.size(); ++i) {
    const Bar& bar = row.bars[i];
    const Column& column = layout.columns[i];
    double x = column.x;
    if (bar.value && *bar.value > 0) {
      const double length = std::max(1.0, column.length * *bar.value / column.most);
      canvas.rectangle(x, middle - kThickness / 2, length, kThickness, color_of(row.kind), 2.5);
      x += length + kTextGap;
    }
    const TextStyle text = bar.value ? style : kNote;
    canvas.text(x, Canvas::middle(middle, text), bar.text, text);
    x += canvas.text_width(bar.text, text) + kTextGap;
    canvas.text(x, Canvas::middle(middle, kNote), bar.note, kNote);
  }
}

void check(const BarTable& table) {
  expect(!table.columns.empty(), "a table of bars without columns cannot be drawn");
  for (const BarGroup& group : table.groups) {
    for (const BarRow& row : group.rows) {
      expect(row.bars.size() == table.columns.size(), "the row '{}' has {} bars for {} columns", row.name,
             row.bars.size(), table.columns.size());
    }
  }
}

}  // namespace

void draw_bars(const std::filesystem::path& png, const BarTable& table) {
  check(table);
  const BarsLayout layout = layout_of(table);
  Canvas canvas(kWidth, layout.height, 2);
  draw_heading(canvas, table, layout);
  double y = layout.rows_top;
  for (const BarGroup& group : table.groups) {
    canvas.line(kMargin, y + 6, kWidth - kMargin, y + 6, kGrid);
    TextStyle name = kNote;
    name.bold = true;
    name.align = Align::right;
    canvas.text(kMargin + layout.names, y + kHeading - 7, group.name, name);
    y += kHeading;
    for (const BarRow& row : group.rows) {
      draw_row(canvas, layout, row, y);
      y += kBarRow;
    }
    y += kGroupGap;
  }
  y += 22 - kGroupGap + 8;
  for (const std::string& line : table.footer) {
    canvas.text(kMargin, y, canvas.shortened(line, kFooter, kWidth - 2 * kMargin), kFooter);
    y += kFooterRow;
  }
  canvas.write_png(png);
}

}  // namespace c3d
