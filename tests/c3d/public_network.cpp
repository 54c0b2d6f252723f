// One network for several uses, clips and frames in memory, and batches, as a program sees them.
#include <algorithm>
#include <numeric>

#include "c3d/clip_batches.h"
#include "c3d/explanation.h"
#include "c3d/features.h"
#include "c3d/invalid_argument.h"
#include "c3d/report.h"
#include "c3d/video.h"
#include "c3d/video_network.h"
#include "c3d/weights.h"
#include "catch.h"
#include "tests/support/message_of.h"
#include "tests/support/plain_videos.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/small_model.h"
#include "tests/support/tiny_video.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

NetworkOptions on_plain_loops() {
  NetworkOptions options;
  options.device.device = "reference";
  options.batch = 3;
  return options;
}

struct NetworkFixture {
  NetworkFixture() {
    write_small_model(weights);
    write_tiny_video(video, 40);
  }
  ScratchFolder folder;
  fs::path weights = folder / "small.safetensors", video = folder / "a.avi";
};

TEST_CASE_METHOD(NetworkFixture,
                 "one network labels takes features and explains as networks of their own do") {
  const VideoNetwork network(weights, on_plain_loops());
  CHECK(network.labels() == small_model_info().labels);
  CHECK(network.input_size() == std::array<std::int64_t, 3>{16, 48, 48});
  VideoClassifier classifier(network);
  FeatureExtractor extractor(network, "fc6"), logits(network, "fc8");
  VideoExplainer explainer(network, "conv4b");
  const ClipOptions clips{.clips = 2};
  const LabeledVideo first = classifier.label(video, clips, 1);
  const VideoFeatures rows = extractor.extract(video, clips);
  CHECK(rows.values == FeatureExtractor(weights, "fc6", on_plain_loops()).extract(video, clips).values);
  CHECK(logits.extract(video, clips).size == 5);
  CHECK(explainer.explain(video, clips).label == first.labels[0].name);
  CHECK(classifier.label(video, clips, 1).labels[0].probability == first.labels[0].probability);
  CHECK(extractor.extract(video, clips).values == rows.values);
}

TEST_CASE_METHOD(NetworkFixture, "all probabilities of videos come with their labels until somebody stops") {
  VideoClassifier classifier(weights, on_plain_loops());
  std::vector<VideoProbabilities> found;
  LabeledVideo labeled;
  classifier.score_videos({video, folder / "absent.avi"}, {.clips = 4}, 5,
                          [&](const LabeledVideo& one, const VideoProbabilities& probabilities) {
                            if (one.error.empty()) labeled = one;
                            found.push_back(probabilities);
                            return true;
                          });
  REQUIRE(found.size() == 2);
  REQUIRE(found[0].windows.size() == 4 * 5);
  CHECK(found[1].video.empty());
  for (std::size_t label = 0; label < 5; ++label) {
    double sum = 0;
    for (std::size_t clip = 0; clip < 4; ++clip)
      sum += static_cast<double>(found[0].windows[clip * 5 + label]);
    CHECK(found[0].video[label] == Approx(sum / 4));
  }
  CHECK(std::ranges::max(found[0].video) == labeled.labels[0].probability);
  if (can_draw_pictures()) {
    draw_label_timeline(labeled, found[0], classifier.labels(), {}, folder / "timeline.png");
    CHECK(fs::file_size(folder / "timeline.png") > 1000);
  }
  const auto unwanted = [](const LabeledVideo&, const VideoProbabilities&) -> bool { throw 1; };
  classifier.score_videos({video}, {.clips = 4}, 5, unwanted, [] { return true; });
  FeatureExtractor extractor(weights, "fc6", on_plain_loops());
  CHECK_THROWS_AS(extractor.extract(video, {}, [] { return true; }), Error);
  VideoExplainer explainer(weights, "conv5b", on_plain_loops());
  CHECK_THROWS_AS(explainer.explain(video, {}, "", [] { return true; }), Error);
}

TEST_CASE_METHOD(NetworkFixture, "clips in memory may lie in any order") {
  VideoClassifier classifier(weights, on_plain_loops());
  VideoFrames frames(video);
  std::vector<std::int64_t> numbers(16);
  std::iota(numbers.begin(), numbers.end(), 0);
  std::vector<std::uint8_t> clip(16 * 48 * 64 * 3);
  frames.read(numbers, clip);
  const std::vector<float> expected = classifier.score(clip);
  ClipArray array{.data = clip.data(), .count = 1, .frames = 16, .height = 48, .width = 64};
  array.strides = {0, 48 * 64 * 3, 64 * 3, 3, 1};
  array.count = 5;  // the same clip five times, in batches of 3 and 2
  const std::vector<float> scores = classifier.score(array);
  REQUIRE(scores.size() == 5 * expected.size());
  for (std::size_t i = 0; i < scores.size(); ++i) CHECK(scores[i] == expected[i % expected.size()]);

  std::vector<std::uint8_t> planes(clip.size());  // [3, frames, height, width]
  const std::size_t pixels = clip.size() / 3;
  for (std::size_t i = 0; i < clip.size(); ++i) planes[i % 3 * pixels + i / 3] = clip[i];
  array = {.data = planes.data(), .count = 1, .frames = 16, .height = 48, .width = 64};
  array.strides = {0, 48 * 64, 64, 1, static_cast<std::int64_t>(pixels)};
  CHECK(classifier.score(array) == expected);

  array.frames = 15;
  CHECK_THROWS_AS(classifier.score(array), InvalidArgument);
  array.frames = 16;
  CHECK_THAT(message_of([&] { classifier.score(array, [] { return true; }); }),
             Catch::Contains("not wanted"));
  array.type = ClipArray::Type::f32;
  CHECK_THROWS_AS(classifier.score(array), InvalidArgument);
}

TEST_CASE_METHOD(NetworkFixture, "frames of a video come by number in any order") {
  VideoFrames frames(video);
  CHECK(frames.count() == 40);
  const std::vector<std::int64_t> wanted{7, 3, 3, 39};
  const std::size_t bytes = std::size_t{48} * 64 * 3;
  std::vector<std::uint8_t> rgb(wanted.size() * bytes);
  frames.read(wanted, rgb);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    CHECK(tiny_video_frame(std::span(rgb).subspan(i * bytes, bytes)) == wanted[i]);
  }
  CHECK(frames.seconds(1) > frames.seconds(0));
  CHECK_THROWS_AS(frames.seconds(40), InvalidArgument);
  const std::vector<std::int64_t> beyond{40};
  CHECK_THROWS_AS(frames.read(beyond, std::span(rgb).first(bytes)), InvalidArgument);
  CHECK(VideoFile(video).rotation() == 0);
}

TEST_CASE("rows of features are pooled and scaled as their files are") {
  VideoFeatures features;
  features.values = {3, 0, 1, 4};
  features.rows = features.size = 2;
  features.windows = {{0, 0, 1}, {8, 1, 2}};
  CHECK(pool_features(features, "none").values == features.values);
  const VideoFeatures mean = pool_features(features, "mean");
  CHECK(mean.values == std::vector<float>{2, 2});
  CHECK(mean.windows.at(0).end_seconds == 2);
  CHECK(pool_features(features, "max").values == std::vector<float>{3, 4});
  CHECK(pool_features(features, "max", true).values == std::vector<float>{0.6f, 0.8f});
  CHECK(pool_features(features, "segments:4").rows == 4);
  CHECK_THROWS_AS(pool_features(features, "median"), InvalidArgument);
}

TEST_CASE("batches of clips are the same for any number of threads") {
  const ScratchFolder folder;
  write_plain_videos(folder / "videos", 4);
  const auto batches_of = [&](const char* threads, const char* flip) {
    const std::vector<SettingValue> settings{{"data", (folder / "videos").string()},
                                             {"cache_folder", (folder / "cache").string()},
                                             {"crop", "16"},
                                             {"resize_width", "20"},
                                             {"resize_height", "18"},
                                             {"batch", "4"},
                                             {"loader_threads", threads},
                                             {"flip", flip},
                                             {"validation_share", "0.25"}};
    return ClipBatches(settings);
  };
  const auto epoch_of = [](ClipBatches& batches) {
    std::vector<std::uint8_t> all, clips(batches.batch_bytes());
    ClipBatch batch;
    batches.start_epoch(2);
    while (batches.next(clips, batch)) {
      for (std::int64_t i = 0; i < batch.size; ++i) {
        const auto bytes = static_cast<std::ptrdiff_t>(clips.size() / 4);
        const auto clip = clips.begin() + i * bytes;
        all.insert(all.end(), clip, clip + bytes);
        const std::int32_t label = batch.labels[static_cast<std::size_t>(i)];
        CHECK((*clip > 128) == (batches.labels()[static_cast<std::size_t>(label)] == "light"));
      }
    }
    return all;
  };
  ClipBatches one = batches_of("1", "0.5"), three = batches_of("3", "0.5"), mirrored = batches_of("1", "1");
  CHECK(one.clips_per_epoch() == 6);
  CHECK(one.clip_shape() == std::array<std::int64_t, 4>{16, 16, 16, 3});
  const std::vector<std::uint8_t> clips = epoch_of(one);
  CHECK(clips.size() == 6 * 16 * 16 * 16 * 3);
  CHECK(epoch_of(three) == clips);
  CHECK(epoch_of(mirrored).size() == clips.size());
  CHECK_THROWS_AS(one.start_epoch(-1), InvalidArgument);
  CHECK_THROWS_AS(ClipBatches({{"data", "videos"}, {"mixup", "0.2"}}), InvalidArgument);
}

TEST_CASE_METHOD(NetworkFixture, "weights in a folder of the Hub are those of their file") {
  export_hub_folder(weights, folder / "hub");
  CHECK(fs::exists(folder / "hub/README.md"));
  CHECK(VideoNetwork(folder / "hub", on_plain_loops()).labels() == small_model_info().labels);
  for (const TensorDifference& each : compare_weights(weights, folder / "hub")) CHECK(each.difference == 0);
  CHECK_THROWS_AS(export_hub_folder(folder / "hub/model.safetensors", folder / "hub"), Error);
}

}  // namespace
}  // namespace c3d
