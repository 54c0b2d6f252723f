#include <cmath>
#include <cstring>

#include "c3d/inference/labeller.h"
#include "c3d/inference/output_paths.h"
#include "c3d/report/pictures.h"
#include "catch.h"
#include "data/video_reader.h"
#include "kernels/reference/reference_backend.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/skip.h"
#include "tests/support/small_model.h"
#include "tests/support/tiny_video.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

struct LabellerFixture {
  ScratchFolder folder;
  std::unique_ptr<Backend> backend = make_reference_backend();
  LabelOptions options;
  Inputs inputs;

  LabellerFixture() {
    write_small_model(folder / "small.safetensors");
    options.clip.resize_width = 64;
    options.clip.resize_height = 48;
    options.clip.crop = 48;
    options.clip.clips = 3;
  }

  void add(const std::string& name, int frames, int width = 64, int height = 48) {
    write_tiny_video(folder / name, frames, width, height);
    inputs.videos.push_back({name, folder / name, name, ""});
  }

  std::vector<VideoResult> label(Feature feature = Feature::none) {
    Classifier classifier(*backend, folder / "small.safetensors", {.feature = feature});
    options.feature_rule.extents = classifier.feature_extents();
    std::vector<VideoResult> results;
    Labeller labeller(classifier, inputs.videos, options,
                      [&](const VideoResult& r) { results.push_back(r); });
    labeller.run();
    return results;
  }
};

// rows x size of a .npy file's values.
std::vector<float> npy_values(const fs::path& path) {
  const std::string bytes = read_text(path);
  const std::size_t start = bytes.find('\n') + 1;
  std::vector<float> values((bytes.size() - start) / sizeof(float));
  std::memcpy(values.data(), bytes.data() + start, values.size() * sizeof(float));
  return values;
}

TEST_CASE_METHOD(LabellerFixture, "a run knows how long it decoded resized and computed") {
  add("a.mp4", 40);
  Classifier classifier(*backend, folder / "small.safetensors", {});
  Labeller labeller(classifier, inputs.videos, options, [](const VideoResult&) {});
  labeller.run();
  const WorkTime& time = labeller.time_taken();
  CHECK(time.reading.decode_seconds > 0);
  CHECK(time.reading.resize_seconds > 0);
  CHECK(time.network_seconds > 0);
  CHECK(text_line(WorkTime{{1, 2}, 7}) ==
        "work: decoding 1.00 s (10.0 %), resizing 2.00 s (20.0 %), network 7.00 s (70.0 %)");
}

TEST_CASE_METHOD(LabellerFixture, "a last batch that is filled up gives each video its own clips alone") {
  add("a.mp4", 40);
  add("b.mp4", 30);
  options.batch = 4;
  const std::vector<VideoResult> smaller = label();
  options.last_batch = LastBatch::full;
  const std::vector<VideoResult> full = label();
  REQUIRE(full.size() == 2);
  for (std::size_t i = 0; i < full.size(); ++i) {
    CHECK(full[i].clips.size() == 3);
    CHECK(full[i].labels == smaller[i].labels);
  }
}

TEST_CASE_METHOD(LabellerFixture, "a network of label sets tells each label by itself") {
  add("a.mp4", 40);
  const auto one = label(Feature::fc8);
  CHECK(one.at(0).shown == 1);
  CHECK(one.at(0).thresholds.empty());
  CHECK(one.at(0).clips.at(0).shown.empty());
  write_small_model(folder / "small.safetensors", {.with_label_sets = true, .thresholds = {0, 1, 0, 1, 0}});
  options.top = 4;
  options.features = {folder / "a.npy"};
  const VideoResult result = label(Feature::fc8).at(0);
  REQUIRE(result.labels.size() == 4);
  CHECK(result.shown == 3);
  CHECK(result.thresholds == std::vector<double>{0, 0, 0, 1});
  const std::vector<float> logits = npy_values(folder / "a.npy");  // [3,5]
  for (const auto& [index, probability] : result.labels) {
    double mean = 0;
    for (std::size_t clip = 0; clip < 3; ++clip) {
      const auto logit = static_cast<double>(logits[5 * clip + static_cast<std::size_t>(index)]);
      mean += 1 / (1 + std::exp(-logit)) / 3;
    }
    CHECK(probability == Approx(mean).epsilon(1e-5));
  }
  for (const ClipResult& clip : result.clips) {
    REQUIRE(clip.shown.size() == 3);
    CHECK(clip.shown[0].second >= clip.shown[1].second);
    CHECK(clip.shown[0].first % 2 == 0);
  }
}

TEST_CASE_METHOD(LabellerFixture, "pictures of label sets are drawn where no label is there") {
  if (!can_draw()) return skip("built without Cairo");
  write_small_model(folder / "small.safetensors", {.with_label_sets = true, .thresholds = {1, 1, 1, 1, 1}});
  add("a.mp4", 40);
  options.clip.step = 8;
  options.timelines = {folder / "a.png"};
  options.overlays = {folder / "labelled.mp4"};
  const VideoResult result = label().at(0);
  CHECK(result.ok());
  CHECK(result.shown == 0);
  CHECK(fs::file_size(folder / "a.png") > 1000);
  CHECK(fs::file_size(folder / "labelled.mp4") > 1000);
}

TEST_CASE_METHOD(LabellerFixture, "videos are reported in their order whatever the batch size") {
  add("a.mp4", 40);
  add("b.mp4", 5);
  inputs.videos.push_back({"absent.mp4", folder / "absent.mp4", "absent.mp4", ""});
  add("c.mp4", 30);
  options.batch = 1;
  const std::vector<VideoResult> one = label();
  options.batch = 4;
  const std::vector<VideoResult> four = label();
  REQUIRE(one.size() == 4);
  REQUIRE(four.size() == 4);
  const std::vector<std::string> files{"a.mp4", "b.mp4", "absent.mp4", "c.mp4"};
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(four[i].file == files[i]);
    CHECK(four[i].labels == one[i].labels);
    CHECK(four[i].clips.size() == one[i].clips.size());
    CHECK(four[i].ok() == (i != 2));
  }
  CHECK(one[0].frames == 40);
  CHECK(one[0].labels.size() == 5);
  CHECK(one[1].warnings.size() == 1);
  CHECK(one[2].error == "no such file");
}

TEST_CASE_METHOD(LabellerFixture, "a run that is told to stop reports no more") {
  for (const char* name : {"a.mp4", "b.mp4", "c.mp4"}) add(name, 20);
  Classifier classifier(*backend, folder / "small.safetensors", {});
  int reported = 0;
  options.batch = 3;
  options.stopped = [&] { return reported == 1; };
  Labeller labeller(classifier, inputs.videos, options, [&](const VideoResult&) { ++reported; });
  labeller.run();
  CHECK(reported == 1);
}

TEST_CASE_METHOD(LabellerFixture, "any number of readers gives the same results in the same order") {
  for (const char* name : {"a.mp4", "b.mp4", "c.mp4", "d.mp4", "e.mp4"}) add(name, 20 + 7 * (name[0] % 3));
  inputs.videos[1].path = folder / "absent.mp4";
  options.batch = 4;
  options.keeps_probabilities = true;
  options.reading.readers = 1;
  const std::vector<VideoResult> one = label();
  options.reading.readers = GENERATE(2, 4);
  const std::vector<VideoResult> several = label();
  REQUIRE(one.size() == 5);
  REQUIRE(several.size() == 5);
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(several[i].file == one[i].file);
    CHECK(several[i].error == one[i].error);
    CHECK(several[i].clip_probabilities == one[i].clip_probabilities);
  }
}

TEST_CASE_METHOD(LabellerFixture, "what a report throws ends the run") {
  for (const char* name : {"a.mp4", "b.mp4", "c.mp4"}) add(name, 20);
  Classifier classifier(*backend, folder / "small.safetensors", {});
  options.reading.readers = 3;
  Labeller labeller(classifier, inputs.videos, options, [](const VideoResult&) { fail("enough"); });
  CHECK_THROWS_WITH(labeller.run(), Catch::StartsWith("enough"));
}

TEST_CASE_METHOD(LabellerFixture, "a run counts its batches and its waits") {
  for (const char* name : {"a.mp4", "b.mp4"}) add(name, 40);
  options.batch = 4;
  Classifier classifier(*backend, folder / "small.safetensors", {});
  Labeller labeller(classifier, inputs.videos, options, [](const VideoResult&) {});
  labeller.run();
  CHECK(labeller.waits().batches == 2);
  CHECK(labeller.waits().waits <= labeller.clips() + 2);
  CHECK(labeller.waits().waits_with_a_batch <= labeller.waits().waits);
  CHECK(text_line(WaitCounts{.batches = 2, .waits = 3, .waits_with_a_batch = 0, .wait_seconds = 0.5}) ==
        "waits: the network waited 3 times for clips, 0.50 s of the whole; 0 while a batch of later videos "
        "was there");
}

TEST_CASE_METHOD(LabellerFixture, "a video scores the mean of its clips") {
  add("a.mp4", 48);
  options.features = {folder / "a.npy"};
  options.top = 1;
  const VideoResult result = label(Feature::probabilities)[0];
  const std::vector<float> rows = npy_values(folder / "a.npy");
  REQUIRE(result.clips.size() == 3);
  REQUIRE(rows.size() == 3 * 5);
  REQUIRE(result.labels.size() == 1);
  const auto label = static_cast<std::size_t>(result.labels[0].first);
  const double mean = (static_cast<double>(rows[label]) + static_cast<double>(rows[5 + label]) +
                       static_cast<double>(rows[10 + label])) /
                      3;
  CHECK(result.labels[0].second == Approx(mean).epsilon(1e-6));
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(result.clips[i].probability ==
          static_cast<double>(rows[5 * i + static_cast<std::size_t>(result.clips[i].label)]));
  }
}

TEST_CASE_METHOD(LabellerFixture, "clips say when they begin and end") {
  add("a.mp4", 40);
  options.clip.step = 12;
  const VideoResult result = label()[0];
  REQUIRE(result.clips.size() == 3);
  REQUIRE(result.fps > 0);
  CHECK(result.seconds == Approx(40 / result.fps));
  CHECK(result.clips[1].first_frame == 12);
  CHECK(result.clips[1].start_seconds == Approx(12 / result.fps).epsilon(1e-3));
  CHECK(result.clips[2].end_seconds == Approx(result.seconds).epsilon(1e-3));
}

TEST_CASE_METHOD(LabellerFixture, "overlays have the frames and the size of their videos") {
  if (!can_draw()) return skip("built without Cairo");
  add("wide.mp4", 20, 128, 64);
  add("small.mp4", 40, 64, 48);
  options.clip.step = GENERATE(0, 8);
  inputs.several = true;
  options.overlays = output_paths(inputs, folder / "labelled", ".mp4");
  for (const VideoResult& result : label()) CHECK(result.error.empty());
  VideoReader wide(folder / "labelled/wide.mp4");
  CHECK(wide.width() == 128);
  CHECK(wide.height() == 64);
  CHECK(count_frames(folder / "labelled/wide.mp4") == 20);
  CHECK(count_frames(folder / "labelled/small.mp4") == 40);
  // Something is drawn: the frame is no longer one colour.
  std::vector<std::uint8_t> rgb(std::size_t{128} * 64 * 3);
  REQUIRE(wide.next(rgb));
  const auto [darkest, brightest] = std::minmax_element(rgb.begin(), rgb.end());
  CHECK(*brightest - *darkest > 100);
}

TEST_CASE_METHOD(LabellerFixture, "a timeline is a picture") {
  if (!can_draw()) return skip("built without Cairo");
  add("a.mp4", 40);
  options.clip.step = 4;
  options.timelines = {folder / "pictures/a.png"};
  CHECK(label()[0].ok());
  CHECK(read_text(folder / "pictures/a.png").substr(1, 3) == "PNG");
}

TEST_CASE_METHOD(LabellerFixture, "a video whose files cannot be written fails alone") {
  add("a.mp4", 20);
  add("b.mp4", 20);
  folder.write("file", "in the way");
  options.features = {folder / "file/a.npy", folder / "b.npy"};
  const std::vector<VideoResult> results = label(Feature::fc7);
  REQUIRE(results.size() == 2);
  CHECK(results[0].error.find("file") != std::string::npos);
  CHECK(results[1].ok());
  CHECK(npy_values(folder / "b.npy").size() == results[1].clips.size() * 64);
}

}  // namespace
}  // namespace c3d
