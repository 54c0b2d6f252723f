// Pictures through Cairo: line charts, bars, confusion matrices, score time lines, rows of frames, strips of
// frames with heat, bars over video frames.
// Functions that write a file do so atomically and throw Error. Safe to call from several threads. Without
// Cairo every one of them throws.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace c3d {

// Whether this build has Cairo: for callers whose pictures are a by-product that nobody asked for by name.
bool can_draw();

struct Curve {
  std::string name;                               // empty: the legend leaves it out
  std::vector<std::pair<double, double>> points;  // a point that is not finite breaks the line
  // With rings for its points: where it meets another curve, that one shows in the gaps and in the rings.
  bool dashed = false;
};
struct Chart {
  std::string title, x_label, y_label;
  std::vector<Curve> curves;
  bool y_from_zero = true;
  double y_to = 0;  // 0: by the data
};

// Charts beside each other in one PNG, at most three in a row; below them a row of small ones as wide as all.
void draw_charts(const std::filesystem::path& png, const std::vector<Chart>& charts,
                 const std::vector<Chart>& small_charts = {});

// Bars in rows and columns: a column is a measure with a scale of its own, from zero; a row has a bar for
// each.
enum class BarKind : std::uint8_t { ours, other, baseline };
struct Bar {
  std::optional<double> value;  // none: only the text, where the bar would begin
  std::string text, note;       // behind the bar, the note in a quiet colour
};
struct BarRow {
  std::string name;
  BarKind kind = BarKind::other;
  std::vector<Bar> bars;  // one for each column
};
struct BarGroup {
  std::string name;
  std::vector<BarRow> rows;
};
struct BarTable {
  std::string title, subtitle;
  std::vector<std::string> columns;
  std::vector<BarGroup> groups;
  std::vector<std::string> footer;  // lines
};
void draw_bars(const std::filesystem::path& png, const BarTable& table);

// confusion[truth][prediction] counts videos; colours show shares of a row. Of more than 60 classes it shows
// those that take part in the most mistakes. confusion_png() gives the bytes of the file.
void draw_confusion(const std::filesystem::path& png, const std::vector<std::string>& labels,
                    const std::vector<std::vector<std::int64_t>>& confusion, const std::string& title);
std::string confusion_png(const std::vector<std::string>& labels,
                          const std::vector<std::vector<std::int64_t>>& confusion, const std::string& title);

// Probability of each of the strongest labels over time, one row per label. thresholds: none where a clip has
// one label, the likeliest; or one for each label, above which it is there.
struct TimelineClip {
  double start_seconds = 0, end_seconds = 0;
  std::vector<double> probabilities;  // in the order of labels
};
void draw_timeline(const std::filesystem::path& png, const std::vector<std::string>& labels,
                   const std::vector<TimelineClip>& clips, const std::string& title,
                   const std::vector<double>& thresholds = {});

// Rows of frames, a row for each clip or scene: the frames beside each other, a title and quiet words above.
struct FrameRow {
  std::string title, words;
  std::vector<std::vector<std::uint8_t>> frames;  // rgb [height,width,3]
};
struct FrameSheet {
  std::string title;
  int columns = 0;             // of rows; 0: as many as make the picture about as wide as it is high
  bool in_columns = false;     // the first column is filled first
  int word_lines = 0;          // below the title; 0: words stand beside it
  double least_row_width = 0;  // frames grow to fill it, so that words have room
};
// All frames are of one size. frame_rows_png() gives the bytes of the file. Error: nothing to draw, or more
// than a picture holds.
void draw_frame_rows(const std::filesystem::path& png, const std::vector<FrameRow>& rows, int width,
                     int height, const FrameSheet& sheet);
std::string frame_rows_png(const std::vector<FrameRow>& rows, int width, int height, const FrameSheet& sheet);

// Frames with heat over them (heat_colors.h) beside each other, with a legend of its colours.
struct HeatFrame {
  std::string caption;
  std::vector<std::uint8_t> rgb;  // [height,width,3]
};
struct HeatStrip {
  std::string title, words;
  int width = 0, height = 0;      // of all frames
  std::vector<HeatFrame> frames;  // one at least
  std::string most, unseen;       // what the legend says of the most heat, and of what is dimmed
};
void draw_heat_strip(const std::filesystem::path& png, const HeatStrip& strip);

// Draws label and probability bars onto a frame in place, as many of them as fit, sized with the frame; the
// first `bright` of them stand out. rgb [height,width,3].
void draw_labels_on_frame(std::span<std::uint8_t> rgb, int width, int height,
                          const std::vector<std::pair<std::string, double>>& labels, std::size_t bright = 1);

}  // namespace c3d
