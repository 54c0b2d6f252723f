#include <algorithm>
#include <cmath>

#include "c3d/report/canvas.h"
#include "c3d/report/pictures.h"
#include "engine/core/error.h"
#include "engine/io/atomic_file.h"

namespace c3d {
namespace {

constexpr double kRowsMargin = 24, kRowsHeading = 46, kRowFrameGap = 4, kRowsGap = 28, kBelowRow = 14;
constexpr double kTitleRow = 17, kWordRow = 15;
// Cairo's pictures end at 32767 pixels a side.
constexpr double kWidestSheet = 32000;
const TextStyle kRowTitle{.size = 12.5, .bold = true}, kRowWords{.size = 11, .color = kQuiet};

// Broken after commas, as far as the lines allow; the last one is shortened.
std::vector<std::string> lines_of(Canvas& canvas, const std::string& words, std::size_t most, double width) {
  std::vector<std::string> lines;
  std::size_t from = 0;
  while (from < words.size() && lines.size() + 1 < most) {
    std::size_t end = from;
    for (std::size_t next = from; next < words.size();) {
      const std::size_t comma = words.find(", ", next);
      next = comma < words.size() ? comma + 1 : words.size();
      if (end > from && canvas.text_width(words.substr(from, next - from), kRowWords) > width) break;
      end = next;
    }
    lines.push_back(words.substr(from, end - from));
    from = end + 1;
  }
  if (from < words.size()) lines.push_back(canvas.shortened(words.substr(from), kRowWords, width));
  return lines;
}

// Where everything stands, in pixels.
struct Places {
  double frame_width, frame_height, row_width, row_height, caption;
  std::size_t columns, rows;

  Places(const std::vector<FrameRow>& all, int width, int height, const FrameSheet& sheet) {
    std::size_t frames = 1;
    for (const FrameRow& row : all) frames = std::max(frames, row.frames.size());
    const auto count = static_cast<double>(frames);
    const double scale = std::max(1.0, sheet.least_row_width / (count * width));
    frame_width = width * scale;
    frame_height = height * scale;
    row_width = count * (frame_width + kRowFrameGap) - kRowFrameGap;
    caption = kTitleRow + sheet.word_lines * kWordRow + kRowFrameGap;
    row_height = caption + frame_height + kBelowRow;
    const double square =
        std::round(std::sqrt(static_cast<double>(all.size()) * row_height / (row_width + kRowsGap)));
    columns = sheet.columns > 0 ? static_cast<std::size_t>(sheet.columns)
                                : static_cast<std::size_t>(std::max(1.0, square));
    columns = std::min(columns, all.size());
    rows = (all.size() + columns - 1) / columns;
  }
  double across() const { return static_cast<double>(columns) * (row_width + kRowsGap) - kRowsGap; }
  double down() const { return static_cast<double>(rows) * row_height - kBelowRow; }
};

void draw_row(Canvas& canvas, const FrameRow& row, double x, double y, const Places& places,
              const FrameSheet& sheet, int width, int height) {
  const std::string title = canvas.shortened(row.title, kRowTitle, places.row_width);
  canvas.text(x, y + 12, title, kRowTitle);
  if (sheet.word_lines == 0) {
    const double begin = canvas.text_width(title, kRowTitle) + 8;
    canvas.text(x + begin, y + 12,
                canvas.shortened(row.words, kRowWords, std::max(0.0, places.row_width - begin)), kRowWords);
  } else {
    double base = y + kTitleRow + 11;
    for (const std::string& line :
         lines_of(canvas, row.words, static_cast<std::size_t>(sheet.word_lines), places.row_width)) {
      canvas.text(x, base, line, kRowWords);
      base += kWordRow;
    }
  }
  for (std::size_t frame = 0; frame < row.frames.size(); ++frame) {
    Canvas picture(row.frames[frame], width, height);
    canvas.picture(x + static_cast<double>(frame) * (places.frame_width + kRowFrameGap), y + places.caption,
                   places.frame_width, places.frame_height, picture);
  }
}

}  // namespace

std::string frame_rows_png(const std::vector<FrameRow>& rows, int width, int height,
                           const FrameSheet& sheet) {
  expect(!rows.empty() && width > 0 && height > 0, "there are no frames to draw");
  const Places places(rows, width, height, sheet);
  const double heading = sheet.title.empty() ? kRowsMargin : kRowsHeading;
  const double sheet_width = 2 * kRowsMargin + places.across();
  const double sheet_height = heading + places.down() + kRowsMargin;
  expect(sheet_width < kWidestSheet && sheet_height < kWidestSheet,
         "{} rows of frames of {}x{} are too much for one picture: show fewer or smaller ones", rows.size(),
         width, height);
  Canvas canvas(sheet_width, sheet_height, 1);
  const TextStyle head{.size = 16, .bold = true};
  canvas.text(kRowsMargin, 30, canvas.shortened(sheet.title, head, places.across()), head);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::size_t column = sheet.in_columns ? i / places.rows : i % places.columns;
    const std::size_t line = sheet.in_columns ? i % places.rows : i / places.columns;
    draw_row(canvas, rows[i], kRowsMargin + static_cast<double>(column) * (places.row_width + kRowsGap),
             heading + static_cast<double>(line) * places.row_height, places, sheet, width, height);
  }
  return canvas.png();
}

void draw_frame_rows(const std::filesystem::path& png, const std::vector<FrameRow>& rows, int width,
                     int height, const FrameSheet& sheet) {
  write_file(png, frame_rows_png(rows, width, height, sheet));
}

}  // namespace c3d
