// The library as a program sees it: through its public headers, and linked against what is installed.
#include <cmath>
#include <fstream>

#include "c3d/device.h"
#include "c3d/error.h"
#include "c3d/evaluation.h"
#include "c3d/explanation.h"
#include "c3d/features.h"
#include "c3d/live.h"
#include "c3d/report.h"
#include "c3d/video.h"
#include "c3d/video_classifier.h"
#include "c3d/weights.h"
#include "catch.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/skip.h"
#include "tests/support/small_model.h"
#include "tests/support/tiny_video.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

struct PublicFixture {
  PublicFixture() { write_small_model(weights); }
  NetworkOptions reference() const {
    NetworkOptions options;
    options.device.device = "reference";
    options.batch = 3;
    return options;
  }
  fs::path video(const std::string& name, int frames = 40) const {
    write_tiny_video(folder / name, frames);
    return folder / name;
  }

  ScratchFolder folder;
  fs::path weights = folder / "small.safetensors";
};

TEST_CASE_METHOD(PublicFixture, "a program labels a video") {
  VideoClassifier classifier(weights, reference());
  CHECK(classifier.labels() == small_model_info().labels);
  const LabeledVideo video = classifier.label(this->video("a.avi"), {.clips = 4}, 2);
  CHECK(video.frames == 40);
  REQUIRE(video.labels.size() == 2);
  CHECK(video.labels[0].probability >= video.labels[1].probability);
  REQUIRE(video.windows.size() == 4);
  CHECK(video.windows.front().first_frame == 0);
  CHECK(video.windows.back().end_seconds == video.seconds);
  CHECK(!video.windows.front().label.name.empty());
}

TEST_CASE_METHOD(PublicFixture, "a network says whether it tells one label or any number of them") {
  VideoClassifier one(weights, reference());
  CHECK_FALSE(one.has_label_sets());
  CHECK(one.thresholds().empty());
  const LabeledVideo single = one.label(video("a.avi"), {.clips = 2}, 2);
  CHECK(single.shown == 1);
  REQUIRE(single.windows[0].shown.size() == 1);
  CHECK(single.windows[0].shown[0].name == single.windows[0].label.name);

  write_small_model(weights, {.with_label_sets = true, .thresholds = {0, 1, 0, 1, 1}});
  VideoClassifier sets(weights, reference());
  CHECK(sets.has_label_sets());
  CHECK(sets.thresholds() == std::vector<double>{0, 1, 0, 1, 1});
  const LabeledVideo several = sets.label(video("a.avi"), {.clips = 2}, 1);
  REQUIRE(several.labels.size() == 2);
  CHECK(several.shown == 2);
  CHECK(several.windows[0].shown.size() == 2);
  for (const RankedLabel& label : several.labels) CHECK((label.name == "walk" || label.name == "jump"));
}

TEST_CASE_METHOD(PublicFixture, "a program labels live video") {
  LiveClassifier classifier(weights, reference());
  CHECK(classifier.labels() == small_model_info().labels);
  const LiveOptions options{.step = 12, .top = 2, .alerts = {{"walk", 0}}};
  std::vector<LiveWindow> windows;
  LiveCallbacks callbacks;
  callbacks.window = [&](const LiveWindow& window) { windows.push_back(window); };
  const LiveTotals totals = classifier.run(video("a.ts"), options, callbacks);
  CHECK(totals.error.empty());
  CHECK(totals.frames == 40);
  CHECK(totals.alerts == 1);
  REQUIRE(windows.size() == 3);
  CHECK(windows[2].first_frame == 24);
  CHECK(windows[2].labels.size() == 2);
  CHECK_THROWS_AS(classifier.run((folder / "nothing").string()), Error);
}

TEST_CASE_METHOD(PublicFixture, "a program judges a network") {
  video("a.avi");
  video("b.avi");
  std::ofstream(folder / "list.txt") << "a.avi walk\nb.avi run\n";
  const Evaluation evaluation = evaluate(
      {.data = folder / "list.txt", .weights = weights, .network = reference(), .clips = {.clips = 2}});
  CHECK(evaluation.videos.count == 2);
  CHECK(evaluation.clips.count == 4);
  CHECK(evaluation_text(evaluation).find("top-1") != std::string::npos);
  CHECK(evaluation_json(evaluation).find("\"temperature\"") != std::string::npos);
}

TEST_CASE_METHOD(PublicFixture, "a program explains what a network says of a video") {
  VideoExplainer explainer(weights, "conv4b", reference());
  CHECK(explainer.labels() == small_model_info().labels);
  CHECK(explainer.grid() == std::array<std::int64_t, 3>{4, 6, 6});
  const fs::path path = video("a.avi");
  const VideoExplanation why = explainer.explain(path, {.clips = 2});
  CHECK(why.label == VideoClassifier(weights, reference()).label(path, {.clips = 2}, 1).labels[0].name);
  CHECK(why.maps.size() == 2 * 4 * 6 * 6);
  VideoExplainer moved = std::move(explainer);
  moved.write(why, folder / "why.npy");
  CHECK(fs::file_size(folder / "why.npy") > why.maps.size() * sizeof(float));
  CHECK_THROWS_AS(VideoExplainer(weights, "conv4a", reference()), Error);
}

TEST_CASE_METHOD(PublicFixture, "a video that fails is an error by itself and a result among others") {
  VideoClassifier classifier(weights, reference());
  const fs::path absent = folder / "absent.mp4";
  CHECK_THROWS_AS(classifier.label(absent), Error);
  std::vector<std::string> errors;
  classifier.label({video("a.avi"), absent, video("b.avi")}, {.clips = 2}, 1,
                   [&](const LabeledVideo& result) {
                     errors.push_back(result.error);
                     return true;
                   });
  REQUIRE(errors.size() == 3);
  CHECK(errors[0].empty());
  CHECK(!errors[1].empty());
  CHECK(errors[2].empty());
}

TEST_CASE_METHOD(PublicFixture, "a program writes a page about the videos that it labelled") {
  VideoClassifier classifier(weights, reference());
  LabelPage page{.labels = classifier.labels(), .weights = weights, .passed_over = {"<b> is no video"}};
  classifier.label({video("a <b>.avi"), folder / "absent.mp4"}, {.clips = 2}, 2,
                   [&](const LabeledVideo& result) {
                     page.videos.push_back(result);
                     return true;
                   });
  CHECK(write_label_page(page, folder / "labels.html") == folder / "labels.html");
  const std::string html = read_text(folder / "labels.html");
  CHECK_THAT(html, Catch::Contains("a &lt;b&gt;.avi") && Catch::Contains("absent.mp4</a>") &&
                       Catch::Contains("&lt;b&gt; is no video") &&
                       Catch::Contains("small.safetensors VIDEO"));
  CHECK_THAT(html, Catch::Contains("\"strip\":0"));  // a picture of the video that is there

  CHECK_THROWS_AS(write_label_page(page, folder / "nowhere/labels.html"), Error);
  page.videos[0].labels[0].name = "no label of these weights";
  CHECK_THROWS_AS(write_label_page(page, folder / "labels.html"), Error);
}

TEST_CASE_METHOD(PublicFixture, "a report that says no ends the labelling") {
  VideoClassifier classifier(weights, reference());
  int reports = 0;
  classifier.label({video("a.avi"), video("b.avi"), video("c.avi")}, {.clips = 3}, 1,
                   [&](const LabeledVideo&) {
                     ++reports;
                     return false;
                   });
  CHECK(reports == 1);
}

TEST_CASE_METHOD(PublicFixture, "a clip in memory gets the scores of the same clip in a file") {
  VideoClassifier classifier(weights, reference());
  const auto shape = classifier.clip_shape();
  CHECK(shape == std::array<std::int64_t, 4>{16, 48, 64, 3});
  const fs::path path = video("a.avi", 16);
  VideoFile file(path, {.width = 64, .height = 48});
  std::vector<std::uint8_t> clip(16 * file.frame_bytes());
  for (std::size_t i = 0; i < 16; ++i)
    REQUIRE(file.read(std::span(clip).subspan(i * file.frame_bytes(), file.frame_bytes())));
  const std::vector<float> scores = classifier.score(clip);
  const LabeledVideo video = classifier.label(path, {.clips = 1}, 5);
  for (const RankedLabel& label : video.labels) {
    const auto at = std::find(classifier.labels().begin(), classifier.labels().end(), label.name);
    CHECK(static_cast<double>(scores.at(static_cast<std::size_t>(at - classifier.labels().begin()))) ==
          label.probability);
  }
  CHECK_THROWS_AS(classifier.score(std::span(clip).first(100)), Error);
}

TEST_CASE_METHOD(PublicFixture, "features have a row for each window") {
  FeatureExtractor extractor(weights, "fc6", reference());
  const auto row = extractor.row_shape();
  const VideoFeatures features = extractor.extract(video("a.avi"), {.step = 8});
  CHECK(features.size == row[0]);
  CHECK(features.rows == 4);  // at frames 0, 8, 16, 24
  CHECK(features.values.size() == static_cast<std::size_t>(features.rows * features.size));
  REQUIRE(features.windows.size() == 4);
  CHECK(features.windows[3].first_frame == 24);
  CHECK(features.windows[3].end_seconds > features.windows[3].start_seconds);
  CHECK_THROWS_AS(FeatureExtractor(weights, "fc9", reference()), Error);
}

TEST_CASE_METHOD(PublicFixture, "features and labels are of as many crops and frames a second as asked") {
  FeatureExtractor extractor(weights, "fc6", reference());
  const VideoFeatures features = extractor.extract(video("a.mp4"), {.step = 8, .fps = "12.5", .crops = 3});
  CHECK(features.frames == 20);
  CHECK(features.crops == 3);
  CHECK(features.rows == 1);
  CHECK(features.values.size() == static_cast<std::size_t>(features.rows * 3 * features.size));
  CHECK(features.windows.at(0).end_seconds == Approx(1.28));
  VideoClassifier classifier(weights, reference());
  const LabeledVideo labeled = classifier.label(folder / "a.mp4", {.clips = 2, .fps = "50", .crops = 10});
  CHECK(labeled.frames == 80);
  CHECK(labeled.frame_rate == 50);
  CHECK(labeled.seconds == Approx(1.6));
  CHECK_THROWS_AS(classifier.label(folder / "a.mp4", {.crops = 2}), Error);
  CHECK_THROWS_AS(classifier.label(folder / "a.mp4", {.fps = "none"}), Error);

  VideoFile file(folder / "a.mp4", {.fps = "5"});
  int frames = 0;
  for (; file.skip(); ++frames) CHECK(file.seconds() == Approx(frames / 5.0));
  CHECK(frames == 8);
  CHECK_THROWS_AS(VideoFile(folder / "a.mp4", {.constant_rate = true, .fps = "5"}), Error);
}

TEST_CASE_METHOD(PublicFixture, "frames of a file come one by one") {
  VideoFile file(video("a.avi", 20));
  CHECK(file.properties().width == 64);
  CHECK(file.height() == 48);
  std::vector<std::uint8_t> rgb(file.frame_bytes());
  REQUIRE(file.skip());
  REQUIRE(file.read(rgb));
  CHECK(tiny_video_frame(rgb) == 1);
  CHECK_THROWS_AS(file.read(std::span(rgb).first(5)), Error);
  VideoFile moved = std::move(file);
  std::int64_t frames = 2;
  while (moved.skip()) ++frames;
  CHECK(frames == 20);
  CHECK(VideoFile::count_frames(folder / "a.avi") == 20);
  CHECK_THROWS_AS(VideoFile(folder / "absent.avi"), Error);
}

TEST_CASE_METHOD(PublicFixture, "weights are inspected converted and compared") {
  const WeightsSummary summary = inspect_weights(weights);
  REQUIRE(summary.tensors.size() == 22);
  CHECK(summary.tensors[0].name == "conv1.weight");
  CHECK(summary.tensors[0].shape == std::vector<std::int64_t>{8, 3, 3, 3, 3});
  CHECK(summary.metadata.at("classes") == "5");
  convert_weights(weights, folder / "again.safetensors");
  double largest = 0;
  for (const TensorDifference& difference : compare_weights(weights, folder / "again.safetensors")) {
    largest = std::max(largest, difference.difference);
  }
  CHECK(largest == 0);
  CHECK_THROWS_AS(convert_weights(weights, weights), Error);
}

TEST_CASE("the library says what it is and where it can compute") {
  const LibraryVersion version = library_version();
  CHECK(version.version == "0.1.0");
  CHECK(!version.commit.empty());
  CHECK(version.backends.front() == "reference");
  CHECK(!version.ffmpeg.empty());
  const std::vector<DeviceDescription> all = devices();
  REQUIRE(all.size() >= 3);
  CHECK(all[1].name == "reference");
  CHECK(all[1].is_usable);
  for (const DeviceDescription& device : all) CHECK(!device.description.empty());
  CHECK(processor().usable_threads >= 1);
}

}  // namespace
}  // namespace c3d
