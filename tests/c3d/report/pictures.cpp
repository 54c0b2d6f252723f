// Pictures cannot be compared pixel by pixel: fonts differ between machines. What can be told is that a file
// is a PNG of the right size, that what must be drawn is, and that nothing else is.
#include <cairo.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <set>

#include "c3d/report/pictures.h"
#include "catch.h"
#include "engine/core/error.h"
#include "engine/core/handle.h"
#include "tests/support/scratch_folder.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

struct Png {
  int width = 0, height = 0;
  std::set<std::uint32_t> colors;
};

Png read_png(const fs::path& path) {
  const Handle<cairo_surface_t, cairo_surface_destroy> surface(
      cairo_image_surface_create_from_png(path.c_str()));
  REQUIRE(cairo_surface_status(surface.get()) == CAIRO_STATUS_SUCCESS);
  Png png{cairo_image_surface_get_width(surface.get()), cairo_image_surface_get_height(surface.get()), {}};
  const unsigned char* bytes = cairo_image_surface_get_data(surface.get());
  const int stride = cairo_image_surface_get_stride(surface.get());
  for (int y = 0; y < png.height; ++y) {
    const auto* row = reinterpret_cast<const std::uint32_t*>(bytes + std::ptrdiff_t{y} * stride);
    for (int x = 0; x < png.width; ++x) png.colors.insert(row[x] & 0xFFFFFFU);
  }
  return png;
}

Chart loss_chart() {
  Chart chart{"Loss", "epoch", "cross-entropy", {}, true, 0};
  chart.curves.push_back({"training", {{1, 2.1}, {2, 1.4}, {3, 0.6}, {4, 0.2}}});
  chart.curves.push_back({"validation", {{1, 2.0}, {2, 1.6}, {3, 0.8}, {4, 0.5}}});
  return chart;
}

constexpr std::uint32_t kFirstSeries = 0x2563EB, kSecondSeries = 0xE8590C;

TEST_CASE("rows of frames show every frame, and stand in columns that make the picture no tower") {
  const ScratchFolder folder;
  std::vector<FrameRow> rows;
  for (std::uint8_t i = 0; i < 12; ++i) {
    FrameRow row{"walk", "slow", {}};
    for (std::uint8_t k = 0; k < 4; ++k) {
      std::vector<std::uint8_t> frame(std::size_t{3} * 20 * 10, std::uint8_t{0});
      for (std::size_t at = 0; at < frame.size(); at += 3) {
        frame[at] = static_cast<std::uint8_t>(16 * i + 1);
        frame[at + 1] = static_cast<std::uint8_t>(60 * k + 1);
      }
      row.frames.push_back(frame);
    }
    rows.push_back(row);
  }
  draw_frame_rows(folder / "rows.png", rows, 20, 10, {});
  const Png png = read_png(folder / "rows.png");
  for (std::uint32_t i = 0; i < 12; ++i) {
    for (std::uint32_t k = 0; k < 4; ++k)
      CHECK(png.colors.count((16 * i + 1) << 16U | (60 * k + 1) << 8U) == 1);
  }
  CHECK(png.height < 2 * png.width);
  CHECK(png.width < 2 * png.height);
  CHECK_THROWS_AS(draw_frame_rows(folder / "none.png", {}, 20, 10, {}), Error);
}

TEST_CASE("charts grow by a panel for each chart and show every curve in its color") {
  const ScratchFolder folder;
  draw_charts(folder / "one.png", {loss_chart()});
  draw_charts(folder / "two.png", {loss_chart(), loss_chart()});
  const Png one = read_png(folder / "one.png"), two = read_png(folder / "two.png");
  CHECK(two.width == 2 * one.width);
  CHECK(two.height == one.height);
  CHECK(one.colors.count(kFirstSeries) == 1);
  CHECK(one.colors.count(kSecondSeries) == 1);
  CHECK(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()) ==
        2);  // no part stays behind
}

TEST_CASE("of two equal curves both are seen, along lines and at a single point") {
  const ScratchFolder folder;
  for (const std::size_t points : {std::size_t{1}, std::size_t{4}, std::size_t{100}}) {
    Chart chart{.title = "Loss", .x_label = "step", .y_label = "", .curves = {}};
    Curve curve{.name = "", .points = {}};  // without a legend, which shows both colours
    for (std::size_t i = 0; i < points; ++i) curve.points.emplace_back(i, i % 3);
    chart.curves = {curve, curve};
    draw_charts(folder / "hidden.png", {chart});
    CHECK(read_png(folder / "hidden.png").colors.count(kFirstSeries) == 0);
    chart.curves[1].dashed = true;
    draw_charts(folder / "both.png", {chart});
    const Png both = read_png(folder / "both.png");
    CHECK(both.colors.count(kFirstSeries) == 1);
    CHECK(both.colors.count(kSecondSeries) == 1);
  }
}

TEST_CASE("small charts stand in one row below the others") {
  const ScratchFolder folder;
  draw_charts(folder / "large.png", {loss_chart(), loss_chart()});
  draw_charts(folder / "both.png", {loss_chart(), loss_chart()}, {loss_chart(), loss_chart(), loss_chart()});
  const Png large = read_png(folder / "large.png"), both = read_png(folder / "both.png");
  CHECK(both.width == large.width);
  CHECK(both.height > large.height);
  CHECK(both.height < 2 * large.height);
}

TEST_CASE("a chart with no point, one point or points that are not finite is still drawn") {
  const ScratchFolder folder;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  draw_charts(folder / "odd.png", {{"empty", "x", "y", {}, true, 0},
                                   {"one", "x", "y", {{"a", {{3, 0}}}}, true, 0},
                                   {"gap", "x", "y", {{"a", {{0, 1}, {1, nan}, {2, 3}}}}, false, 0}});
  CHECK(read_png(folder / "odd.png").colors.count(kFirstSeries) == 1);
}

TEST_CASE("a confusion matrix grows with its classes and wants one row and column for each") {
  const ScratchFolder folder;
  draw_confusion(folder / "two.png", {"run", "walk"}, {{9, 1}, {0, 10}}, "Confusion");
  std::vector<std::string> names;
  for (int i = 0; i < 101; ++i) names.push_back("class " + std::to_string(i));
  std::vector<std::vector<std::int64_t>> counts(101, std::vector<std::int64_t>(101, 0));
  for (std::size_t i = 0; i < 101; ++i) counts[i][i] = 5;
  draw_confusion(folder / "many.png", names, counts, "Confusion");
  CHECK(read_png(folder / "many.png").width > 2 * read_png(folder / "two.png").width);
  CHECK(read_png(folder / "two.png").colors.count(0x1D4ED8) == 1);  // the full row is the darkest blue
  CHECK_THROWS_AS(draw_confusion(folder / "no.png", {"run", "walk"}, {{9, 1}}, ""), Error);
  CHECK_THROWS_AS(draw_confusion(folder / "no.png", {"run", "walk"}, {{9, 1}, {3}}, ""), Error);
}

TEST_CASE("a confusion matrix of thousands of classes shows the most confused ones at a bounded size") {
  const ScratchFolder folder;
  constexpr std::size_t kMany = 2200;
  const std::vector<std::string> names(kMany, "class");
  std::vector<std::vector<std::int64_t>> counts(kMany, std::vector<std::int64_t>(kMany, 0));
  for (std::size_t i = 0; i < kMany; ++i) counts[i][i] = 5;
  draw_confusion(folder / "right.png", names, counts, "Confusion");
  counts[2100][3] = 7;  // wholly confused: a cell in the darkest blue beside the diagonal
  counts[2100][2100] = 0;
  draw_confusion(folder / "confused.png", names, counts, "Confusion");
  const Png right = read_png(folder / "right.png");
  CHECK(right.width < 3000);
  CHECK(right.height < 3000);
  CHECK(read_text(folder / "right.png") != read_text(folder / "confused.png"));
}

TEST_CASE("of many classes a confusion matrix shows those that take part") {
  const ScratchFolder folder;
  const auto size_of = [&](std::size_t classes) {
    std::vector<std::vector<std::int64_t>> counts(classes, std::vector<std::int64_t>(classes, 0));
    counts[0][1] = counts[1][1] = counts[2][0] = 3;
    draw_confusion(folder / "few.png", std::vector<std::string>(classes, "class"), counts, "Confusion");
    return read_png(folder / "few.png").width;
  };
  CHECK(size_of(87) == size_of(3));
  CHECK(size_of(40) > size_of(3));
}

TEST_CASE("bars tell ours from others and grow with their rows") {
  const ScratchFolder folder;
  BarTable table{"Times", "less is better", {"one", "two"}, {}, {"somewhere"}};
  table.groups.push_back(
      {"f32", {{"peer", BarKind::other, {{3.0, "3 ms", "1.5x"}, {std::nullopt, "failed", ""}}}}});
  draw_bars(folder / "one.png", table);
  table.groups[0].rows.push_back({"c3d", BarKind::ours, {{2.0, "2 ms", ""}, {400.0, "400 ms", ""}}});
  draw_bars(folder / "two.png", table);
  const Png one = read_png(folder / "one.png"), two = read_png(folder / "two.png");
  CHECK(one.width == two.width);
  CHECK(one.height < two.height);
  CHECK(one.colors.count(kFirstSeries) == 0);
  CHECK(two.colors.count(kFirstSeries) == 1);
  CHECK(two.colors.count(0xB3BFCC) == 1);
  table.groups[0].rows[0].bars.pop_back();
  CHECK_THROWS_AS(draw_bars(folder / "no.png", table), Error);
}

TEST_CASE("a time line has a row for each of at most five labels") {
  const ScratchFolder folder;
  const std::vector<TimelineClip> two_labels = {{0, 0.64, {0.9, 0.1}}, {0.32, 0.96, {0.2, 0.8}}};
  draw_timeline(folder / "two.png", {"run", "walk"}, two_labels, "clip.mp4");
  const TimelineClip seven{0, 1, {0.4, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1}};
  draw_timeline(folder / "seven.png", {"a", "b", "c", "d", "e", "f", "g"}, {seven}, "clip.mp4");
  const Png two = read_png(folder / "two.png"), five = read_png(folder / "seven.png");
  CHECK(two.width == five.width);
  CHECK(two.height < five.height);
  CHECK(two.colors.count(kFirstSeries) == 1);
  CHECK_THROWS_AS(draw_timeline(folder / "no.png", {"run", "walk"}, {{0, 1, {0.5}}}, ""), Error);
  CHECK_THROWS_AS(draw_timeline(folder / "no.png", {"run", "walk"}, {}, ""), Error);
}

TEST_CASE("a time line of label sets shows each label where it is above its threshold") {
  const ScratchFolder folder;
  const std::vector<TimelineClip> clips = {{0, 0.64, {0.9, 0.8}}, {0.32, 0.96, {0.2, 0.8}}};
  const std::vector<std::string> labels = {"run", "wave"};
  draw_timeline(folder / "one.png", labels, clips, "clip.mp4");
  draw_timeline(folder / "sets.png", labels, clips, "clip.mp4", {0.5, 0.5});
  draw_timeline(folder / "high.png", labels, clips, "clip.mp4", {0.95, 0.95});
  const Png one = read_png(folder / "one.png"), sets = read_png(folder / "sets.png");
  CHECK(one.width == sets.width);
  CHECK(one.height == sets.height);
  CHECK(read_text(folder / "one.png") != read_text(folder / "sets.png"));
  CHECK(read_text(folder / "high.png") != read_text(folder / "sets.png"));
  CHECK_THROWS_AS(draw_timeline(folder / "no.png", labels, clips, "", {0.5}), Error);
}

TEST_CASE("rows of clips hold every frame as it is, grow with their rows and want frames of one size") {
  const ScratchFolder folder;
  const std::string words(300, 'w');
  const FrameSheet sheet{.title = "clips", .columns = 2, .word_lines = 2, .least_row_width = 448};
  std::vector<FrameRow> clips;
  for (std::uint8_t i = 0; i < 3; ++i) {
    FrameRow& clip = clips.emplace_back(FrameRow{"jumping", "area 0.5, turned 7 degrees, " + words, {}});
    for (std::uint8_t frame = 0; frame < 4; ++frame) {
      std::vector<std::uint8_t>& pixels = clip.frames.emplace_back();
      for (int pixel = 0; pixel < 112 * 112; ++pixel) pixels.insert(pixels.end(), {200, i, frame});
    }
  }
  draw_frame_rows(folder / "three.png", clips, 112, 112, sheet);
  const Png three = read_png(folder / "three.png");
  for (std::uint32_t i = 0; i < 3; ++i) {
    for (std::uint32_t frame = 0; frame < 4; ++frame)
      CHECK(three.colors.count(200U << 16U | i << 8U | frame) == 1);
  }
  draw_frame_rows(folder / "one.png", {clips[0]}, 112, 112, sheet);
  const Png one = read_png(folder / "one.png");
  CHECK(one.width < three.width);
  CHECK(one.height < three.height);
  CHECK_THROWS_AS(draw_frame_rows(folder / "no.png", clips, 112, 111, sheet), Error);
  CHECK_THROWS_AS(draw_frame_rows(folder / "no.png", {}, 112, 112, sheet), Error);
}

TEST_CASE("a picture that cannot be written is an error that names the file") {
  CHECK_THROWS_WITH(draw_charts("/no/such/folder/loss.png", {loss_chart()}),
                    Catch::Contains("/no/such/folder"));
}

TEST_CASE("text that is no UTF-8 does not stop the drawing of what follows") {
  const ScratchFolder folder;
  Chart chart = loss_chart();
  chart.title = "\xff\xfe broken \xe4";
  draw_charts(folder / "bytes.png", {chart});
  CHECK(read_png(folder / "bytes.png").colors.count(kFirstSeries) == 1);
}

struct Frame {
  Frame(int w, int h, std::uint8_t gray)
      : width(w), height(h), rgb(static_cast<std::size_t>(3 * w * h), gray) {}
  int width, height;
  std::vector<std::uint8_t> rgb;

  std::ptrdiff_t green_pixels() const {
    std::ptrdiff_t count = 0;
    for (std::size_t i = 0; i < rgb.size(); i += 3) count += rgb[i + 1] > 190 && rgb[i] < 80;
    return count;
  }
  // Rows of pixels above which nothing differs from `before`.
  int first_changed_row(const Frame& before) const {
    const auto at = std::mismatch(rgb.begin(), rgb.end(), before.rgb.begin()).first - rgb.begin();
    return static_cast<int>(at / (3 * width));
  }
};

TEST_CASE("labels change only the lower half of a frame, and the bar is as long as the probability") {
  for (const std::uint8_t gray : {std::uint8_t{255}, std::uint8_t{0}, std::uint8_t{128}}) {
    const Frame before(320, 240, gray);
    Frame high = before, low = before;
    draw_labels_on_frame(high.rgb, 320, 240, {{"jumping", 0.9}, {"running", 0.06}});
    draw_labels_on_frame(low.rgb, 320, 240, {{"jumping", 0.3}, {"running", 0.06}});
    CHECK(high.first_changed_row(before) > 120);
    CHECK(high.first_changed_row(before) < 240);
    CHECK(static_cast<double>(high.green_pixels()) / static_cast<double>(low.green_pixels()) ==
          Approx(3).epsilon(0.1));
    // White text stands out against what the veil left of the frame.
    CHECK(std::count_if(high.rgb.begin(), high.rgb.end(), [](int v) { return v > 240; }) > 100);
  }
}

TEST_CASE("labels are drawn in proportion to the frame, and onto very small frames too") {
  for (const auto& [width, height] : {std::pair{64, 48}, {17, 9}, {1280, 720}}) {
    const Frame before(width, height, 200);
    Frame after = before;
    draw_labels_on_frame(after.rgb, width, height, {{"a label that is far too long for any frame", 1.0}});
    CHECK(after.rgb != before.rgb);
  }
  Frame pixel(1, 1, 200);
  draw_labels_on_frame(pixel.rgb, 1, 1, {{"jumping", 0.5}});  // no room, no error
  Frame small(320, 180, 90), large(1280, 720, 90);
  draw_labels_on_frame(small.rgb, 320, 180, {{"jumping", 0.5}});
  draw_labels_on_frame(large.rgb, 1280, 720, {{"jumping", 0.5}});
  CHECK(static_cast<double>(large.green_pixels()) > 8 * static_cast<double>(small.green_pixels()));
}

TEST_CASE("no label leaves a frame as it was, and a frame of another size is an error") {
  Frame frame(32, 32, 7);
  draw_labels_on_frame(frame.rgb, 32, 32, {});
  CHECK(frame.rgb == Frame(32, 32, 7).rgb);
  CHECK_THROWS_AS(draw_labels_on_frame(frame.rgb, 32, 31, {{"a", 0.5}}), Error);
}

}  // namespace
}  // namespace c3d
