// The search for a recipe, on features that the library itself makes. What PyTorch and OpenCV make:
// tests/parity/feature_match.py.
#include "c3d/feature_match.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "c3d/features.h"
#include "c3d/inference/feature_pooling.h"
#include "catch.h"
#include "data/video_writer.h"
#include "engine/io/atomic_file.h"
#include "engine/io/named_tensors.h"
#include "engine/io/safetensors.h"
#include "tests/support/message_of.h"
#include "tests/support/scenes.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/small_model.h"
#include "weights/npy_header.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

const DeviceOptions kCpu{.device = "cpu", .threads = 1};

struct MatchFixture {
  ScratchFolder folder;
  fs::path video = folder / "v.mp4", weights = folder / "w.safetensors", published = folder / "p.npy";
  MatchFixture() {
    write_small_model(weights);
    write_scene(video, {.place = 3, .motion = 5, .frames = 24});
  }

  // With the same parameters, whose metadata differ in these.
  fs::path weights_saying(const std::map<std::string, std::string>& facts) const {
    NamedTensors tensors = read_safetensors(weights);
    for (const auto& [key, value] : facts) tensors.metadata()[key] = value;
    write_safetensors(folder / "other.safetensors", tensors);
    return folder / "other.safetensors";
  }
  VideoFeatures features(const fs::path& by, const std::string& layer, const ClipOptions& clips) const {
    return FeatureExtractor(by, layer, {.device = kCpu}).extract(video, clips);
  }
  void publish(const std::vector<float>& values, const std::vector<std::int64_t>& extents) const {
    AtomicFile file(published);
    file.write(npy_header(extents));
    file.write(std::as_bytes(std::span(values)));
    file.commit();
  }
  FeatureMatch match() const { return match_features(published, video, weights, {.device = kCpu}); }
};

std::string value_of(const FeatureMatch& match, const std::string& axis) {
  for (const auto& [name, value] : match.closest.at(0).choices) {
    if (name == axis) return value;
  }
  return "no such axis";
}

TEST_CASE_METHOD(MatchFixture, "a match tells which clips of which layer rows are of") {
  const VideoFeatures own = features(weights, "fc7", {.step = 2});
  publish(own.values, {own.rows, own.size});
  const FeatureMatch found = match();
  INFO(found.sentence);
  REQUIRE(found.found);
  CHECK(found.rows == own.rows);
  CHECK(value_of(found, "step") == "2");
  CHECK(value_of(found, "stride") == "1");
  CHECK(value_of(found, "layer") == "fc7");
  CHECK(value_of(found, "pooling") == "none");
  CHECK(value_of(found, "mean") == "110, 100, 90");
  CHECK(found.closest[0].difference < 1e-5);
  CHECK(found.sentence.starts_with("found: "));
}

TEST_CASE_METHOD(MatchFixture, "a match tells how frames were prepared and counted") {
  write_scene(video, {.place = 3, .motion = 5, .frames = 40});
  const fs::path other = weights_saying({{"mean", "[90,98,102]"}, {"scale", "0.00392157"}});
  const VideoFeatures own = features(other, "fc6", {.step = 5, .fps = "15"});
  publish(own.values, {own.rows, own.size});
  const FeatureMatch found = match();
  INFO(found.sentence);
  REQUIRE(found.exact);
  CHECK(value_of(found, "mean") == "90, 98, 102");
  CHECK(value_of(found, "scale") == "0.00392157");
  CHECK(value_of(found, "numbering") == "fps 15");
  // Frames of the scene are grey, and another order of colours changes nothing but the mean's.
  CHECK(std::ranges::find(found.undecided, "colours", &OpenAxis::axis) != found.undecided.end());
}

// Wrong frames with wrong windows come nearer than right frames with wrong windows do.
TEST_CASE_METHOD(MatchFixture, "a match tells crop and windows that no single choice leads to") {
  write_scene(video, {.place = 6, .motion = 5, .frames = 56});
  const fs::path other = weights_saying({{"mean", "[128,128,128]"},
                                         {"crop_top", "0"},
                                         {"crop_left", "0"},
                                         {"resize_width", "73"},
                                         {"resize_height", "55"}});
  const VideoFeatures own = features(other, "fc6", {.step = 14, .frame_stride = 1, .fps = "12"});
  publish(own.values, {own.rows, own.size});
  const FeatureMatch found = match();
  INFO(found.sentence);
  REQUIRE(found.exact);
  CHECK(value_of(found, "frames") == "73x55, crop at 0, 0");
  CHECK(value_of(found, "mean") == "128, 128, 128");
  CHECK(value_of(found, "numbering") == "fps 12");
}

TEST_CASE_METHOD(MatchFixture, "a match tells what was made of the rows") {
  const VideoFeatures rows = features(weights, "fc6", {.step = 4});
  std::vector<float> largest(static_cast<std::size_t>(rows.size));
  for (std::size_t i = 0; i < rows.values.size(); ++i) {
    float& value = largest[i % largest.size()];
    value = std::max(value, rows.values[i]);
  }
  const double length = std::sqrt(std::inner_product(largest.begin(), largest.end(), largest.begin(), 0.0));
  for (float& value : largest) value = static_cast<float>(static_cast<double>(value) / length);
  publish(largest, {1, rows.size});
  const FeatureMatch found = match();
  INFO(found.sentence);
  REQUIRE(found.exact);
  CHECK(value_of(found, "pooling") == "max");
  CHECK(value_of(found, "L2") == "pooled");
  CHECK(value_of(found, "step") == "4");
}

// Three windows make 8, 16 and 8 rows by MATLAB's rounding, 9, 15 and 8 by NumPy's.
TEST_CASE_METHOD(MatchFixture, "a match tells segments of a video with fewer windows than segments") {
  const VideoFeatures rows = features(weights, "fc7", {.step = 4});
  std::vector<float> segments;
  for (const auto& [first, last] : pooled_rows(parse_pooling("segments:32:matlab"), rows.rows)) {
    const auto start = rows.values.begin() + first * rows.size;
    segments.insert(segments.end(), start, start + rows.size);
  }
  publish(segments, {32, rows.size});
  const FeatureMatch found = match();
  INFO(found.sentence);
  REQUIRE(found.exact);
  CHECK(value_of(found, "pooling") == "segments:32:matlab");
  CHECK(value_of(found, "step") == "4");
}

// Each frame is there twice, so that rows come in pairs: as of half as many windows, each of two segments.
TEST_CASE_METHOD(MatchFixture, "rows of windows that come in pairs are no segments") {
  VideoWriter writer(video, {.width = 96, .height = 72, .fps = 15});
  for (int frame = 0; frame < 24; ++frame) {
    writer.write(draw_scene({.place = 3, .motion = 5, .frames = 24}, (frame + 0.5) / 24));
  }
  writer.finish();
  const VideoFeatures own = features(weights, "fc7", {.step = 1, .frame_stride = 2, .fps = "30"});
  REQUIRE(own.rows == 18);
  publish(own.values, {own.rows, own.size});
  const FeatureMatch found = match();
  INFO(found.sentence);
  REQUIRE(found.exact);
  CHECK(value_of(found, "pooling") == "none");
  CHECK(value_of(found, "numbering") == "fps 30");
  CHECK(value_of(found, "step") == "1");
}

TEST_CASE_METHOD(MatchFixture, "rows of noise are claimed by no recipe") {
  VideoFeatures own = features(weights, "fc6", {.step = 4});
  for (std::size_t i = 0; i < own.values.size(); ++i) {
    own.values[i] = std::abs(std::sin(static_cast<float>(i * i)));
  }
  publish(own.values, {own.rows, own.size});
  const FeatureMatch none = match();
  INFO(none.sentence);
  CHECK_FALSE(none.found);
  CHECK(none.sentence.starts_with("none found: "));
  CHECK(!none.closest.empty());
}

TEST_CASE_METHOD(MatchFixture, "rows of another video are claimed by no recipe") {
  write_scene(video, {.place = 3, .motion = 5, .frames = 20});
  const VideoFeatures own = features(weights, "fc6", {.step = 4});
  write_scene(video, {.place = 8, .motion = 2, .frames = 20});
  publish(own.values, {own.rows, own.size});
  const FeatureMatch none = match();
  INFO(none.sentence);
  CHECK_FALSE(none.found);
}

TEST_CASE_METHOD(MatchFixture, "rows that no layer or no way to count frames gives are ruled out at once") {
  publish(std::vector<float>(3 * 7, 1.0f), {3, 7});
  CHECK_THAT(message_of([&] { return match(); }), Catch::Contains("rows have 7 values, and no layer"));
  publish(std::vector<float>(4 * 4 * 5, 1.0f), {4, 4, 5});
  CHECK_THAT(message_of([&] { return match(); }), Catch::Contains("4 crops"));
}

}  // namespace
}  // namespace c3d
