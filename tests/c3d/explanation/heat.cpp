#include "c3d/explanation/heat.h"

#include "c3d/report/heat_colors.h"
#include "catch.h"

namespace c3d {
namespace {

// Frames of 40 x 20 are cut to the square in their middle.
ClipSpec square_spec() {
  ClipSpec spec;
  spec.resize_width = 40;
  spec.resize_height = 20;
  spec.crop = 20;
  return spec;
}

// Maps of two steps and 2 x 2 places.
VideoExplanation explained(const std::vector<std::int64_t>& starts, std::int64_t frames,
                           std::vector<float> maps) {
  VideoExplanation explanation;
  explanation.frames = frames;
  explanation.grid = {2, 2, 2};
  for (const std::int64_t start : starts) explanation.windows.push_back({.first_frame = start});
  explanation.maps = std::move(maps);
  return explanation;
}

constexpr std::size_t kTopLeft = 10, kTopRight = 29, kBottomLeft = 19 * 40 + 10, kBorder = 9;

TEST_CASE("heat lies in its crop, steps follow each other in time, and the largest value is 1") {
  const VideoExplanation explanation = explained({0}, 16, {8, 0, 0, 0, 0, 0, 4, 0});
  Heat heat(explanation, square_spec(), 40, 20);
  const auto first = heat.at(0);
  CHECK(first[kTopLeft] == 1);
  CHECK(first[kTopRight] == 0);
  CHECK(first[kBottomLeft] == 0);
  CHECK(first[kBorder] < 0);
  CHECK(first[kTopRight + 1] < 0);
  // Between the two middles of its left column, where the map has no place.
  CHECK(first[9 * 40 + 10] == Approx(0.55f));
  const auto last = heat.at(15);
  CHECK(last[kTopLeft] == 0);
  CHECK(last[kBottomLeft] == Approx(0.5f));
  // Half a frame before the middle of the clip, between its two steps.
  const auto middle = heat.at(7);
  CHECK(middle[kTopLeft] == Approx(1 - 0.4375f));
  CHECK(middle[kBottomLeft] == Approx(0.5f * 0.4375f));
}

TEST_CASE("windows that show a frame are averaged and a frame of none is not seen") {
  const VideoExplanation explanation =
      explained({0, 8}, 40, {4, 4, 4, 4, 4, 4, 4, 4, 2, 2, 2, 2, 2, 2, 2, 2});
  Heat heat(explanation, square_spec(), 40, 20);
  CHECK(heat.at(0)[kTopLeft] == 1);
  CHECK(heat.at(8)[kTopLeft] == Approx(0.75f));
  CHECK(heat.at(15)[kTopLeft] == Approx(0.75f));
  CHECK(heat.at(16)[kTopLeft] == Approx(0.5f));
  CHECK(heat.at(23)[kTopLeft] == Approx(0.5f));
  CHECK(heat.at(24)[kTopLeft] < 0);
  CHECK(heat.at(0)[kTopLeft] == 1);  // nothing is left of frames that were asked for before
}

TEST_CASE("windows that look elsewhere leave no video dark") {
  // Each is hot in another corner; no frame sees one window alone.
  const VideoExplanation explanation = explained(
      {0, 0, 0, 0}, 16,
      {8, 0, 0, 0, 8, 0, 0, 0, 0, 8, 0, 0, 0, 8, 0, 0, 0, 0, 8, 0, 0, 0, 8, 0, 0, 0, 0, 4, 0, 0, 0, 4});
  Heat heat(explanation, square_spec(), 40, 20);
  CHECK(heat.at(0)[kTopLeft] == 1);
  CHECK(heat.at(15)[kTopRight] == 1);
}

TEST_CASE("a map without heat is nowhere hot") {
  const VideoExplanation explanation = explained({0}, 16, std::vector<float>(8));
  Heat heat(explanation, square_spec(), 40, 20);
  CHECK(heat.at(3)[kTopLeft] == 0);
  CHECK(heat.at(3)[kBorder] < 0);
}

TEST_CASE("a frame stands where its clip shows it") {
  ClipSpec spec;
  using Positions = std::vector<double>;
  CHECK(clip_positions(spec, 8, 40, 7).empty());
  CHECK(clip_positions(spec, 8, 40, 8) == Positions{0});
  CHECK(clip_positions(spec, 8, 40, 23) == Positions{15});
  CHECK(clip_positions(spec, 8, 40, 24).empty());
  CHECK(clip_positions(spec, 0, 6, 1) == Positions{1, 7, 13});  // looped
  spec.frame_stride = 2;
  CHECK(clip_positions(spec, 0, 40, 3) == Positions{1.5});
  CHECK(clip_positions(spec, 0, 40, 30) == Positions{15});
  CHECK(clip_positions(spec, 0, 40, 31).empty());
}

TEST_CASE("a crop lies at its place whatever the size of the frame") {
  ClipSpec spec = square_spec();
  spec.crop = 10;
  spec.crop_top = 5;
  spec.crop_left = 30;
  const std::vector<CropArea> one = crop_areas(spec, 400, 300);
  REQUIRE(one.size() == 1);
  CHECK(one[0].top == 0.25);
  CHECK(one[0].height == 0.5);
  CHECK(one[0].left == 0.75);
  CHECK(one[0].width == 0.25);
  spec.crops = 10;
  const std::vector<CropArea> ten = crop_areas(spec, 400, 300);
  REQUIRE(ten.size() == 10);
  CHECK(ten[1].left == 0.75);
  CHECK_FALSE(ten[1].mirrored);
  CHECK(ten[5].left == 0.75);  // the left one of the mirrored frame
  CHECK(ten[5].mirrored);
  // Frames that keep their shape: the middle of the longer side.
  spec.crops = 1;
  spec.resize = ResizeRule::short_side;
  spec.crop = 20;
  const std::vector<CropArea> middle = crop_areas(spec, 200, 400);
  CHECK(middle[0].top == 0.25);
  CHECK(middle[0].height == 0.5);
  CHECK(middle[0].width == 1);
}

TEST_CASE("maps of mirrored crops are turned back and crops are averaged") {
  VideoExplanation explanation;
  explanation.frames = 16;
  explanation.crops = 10;
  explanation.grid = {1, 1, 2};
  explanation.windows.resize(1);
  for (int crop = 0; crop < 10; ++crop) {  // bright at the left of the frame in all
    explanation.maps.push_back(crop < 5 ? 2.0f : 0.0f);
    explanation.maps.push_back(crop < 5 ? 0.0f : 2.0f);
  }
  ClipSpec spec = square_spec();
  spec.resize_width = 20;  // all ten are the whole frame
  spec.crops = 10;
  Heat heat(explanation, spec, 20, 20);
  const auto seen = heat.at(0);
  CHECK(seen[0] == Approx(1));
  CHECK(seen[19] == Approx(0).margin(1e-6));
}

TEST_CASE("heat covers a pixel the more the hotter it is and dims what was not seen") {
  std::vector<std::uint8_t> rgb(9, 100);
  draw_heat_on_frame(rgb, std::vector<float>{0, 1, -1});
  CHECK(rgb[0] == 100);
  CHECK(rgb[2] == 100);
  CHECK(rgb[3] == 207);  // 0.3 of it and 0.7 of viridis's yellow
  CHECK(rgb[5] == 56);
  CHECK(rgb[6] == 35);
}

TEST_CASE("the colours of heat grow lighter all the way") {
  double before = -1;
  for (int i = 0; i <= 32; ++i) {
    const auto color = heat_color(i / 32.0);
    const double lightness = 0.2126 * color[0] + 0.7152 * color[1] + 0.0722 * color[2];
    CHECK(lightness > before);
    before = lightness;
  }
}

}  // namespace
}  // namespace c3d
