// Clips of frames by time, and clips of several crops, on their way to the network.
#include "c3d/inference/classifier.h"
#include "c3d/inference/loaded_network.h"
#include "catch.h"
#include "data/crop_views.h"
#include "engine/core/error.h"
#include "kernels/reference/reference_backend.h"
#include "tests/c3d/inference/decoded_clips.h"
#include "tests/support/message_of.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/small_model.h"

namespace c3d {
namespace {

constexpr int kFrames = 16;

ClipSpec spec_of(const std::string& fps, int step, int stride = 1) {
  ClipSpec spec;
  spec.resize_width = kWidth;
  spec.resize_height = kHeight;
  spec.fps = parse_frame_rate(fps);
  spec.clip_frames = 4;
  spec.step = step;
  spec.frame_stride = stride;
  return spec;
}

TEST_CASE("windows over frames by time count these, and their times are those of the video") {
  const ScratchFolder folder;
  write_tiny_video(folder / "a.mp4", 40, kWidth, kHeight);  // 25 a second
  const Decoded decoded = decode({folder / "a.mp4"}, spec_of("5", 2));
  CHECK(decoded.ends.at(0).error.empty());
  CHECK(decoded.ends.at(0).fps == 5);
  CHECK(decoded.ends.at(0).times.frames() == 8);
  CHECK(decoded.ends.at(0).times.duration() == Approx(1.6));
  REQUIRE(decoded.clips.size() == 3);
  // The frame shown at a tick is the last whose own tick, the nearest to its time, is no later.
  CHECK(frame_numbers(decoded.clips[0]) == std::vector<int>{2, 7, 12, 17});
  CHECK(frame_numbers(decoded.clips[1]) == std::vector<int>{12, 17, 22, 27});
  CHECK(decoded.clips[1].first_frame == 2);
  CHECK(decoded.ends.at(0).times.start(2) == Approx(0.4));
}

TEST_CASE("a frame stride goes over the frames by time") {
  const ScratchFolder folder;
  write_tiny_video(folder / "a.mp4", 40, kWidth, kHeight);
  const Decoded decoded = decode({folder / "a.mp4"}, spec_of("5", 1, 2));
  REQUIRE(decoded.clips.size() == 2);
  CHECK(frame_numbers(decoded.clips[0]) == std::vector<int>{2, 12, 22, 32});
}

TEST_CASE("a rate above the video's repeats its frames") {
  const ScratchFolder folder;
  write_tiny_video(folder / "a.mp4", 20, kWidth, kHeight);
  const Decoded decoded = decode({folder / "a.mp4"}, spec_of("50", 4));
  CHECK(decoded.ends.at(0).times.frames() == 40);
  CHECK(frame_numbers(decoded.clips.at(1)) == std::vector<int>{2, 2, 3, 3});
}

TEST_CASE("frames by time exclude ffmpeg's constant rate, and rates of nothing are refused") {
  const ModelInfo info = small_model_info();
  const auto message = [&](const ClipOptions& options) {
    return message_of([&] { static_cast<void>(clip_spec(options, info)); });
  };
  CHECK_THAT(message({.fps = "10", .constant_rate = true}), Catch::Contains("leave it out"));
  CHECK_THAT(message({.fps = "0"}), Catch::Contains("from 0.001 to 1000"));
  CHECK_THAT(message({.fps = "-5"}), Catch::Contains("from 0.001 to 1000"));
  CHECK_THAT(message({.crops = 4}), Catch::Contains("1, 3 or 10"));
  ModelInfo with_rate = info;
  with_rate.fps = {10, 1};
  CHECK(clip_spec(ClipOptions{}, with_rate).fps == FrameRate{10, 1});
  CHECK_FALSE(clip_spec(ClipOptions{.fps = "file"}, with_rate).fps.is_given());
}

TEST_CASE("three crops with a mean cube are refused, ten are not") {
  ModelInfo info = small_model_info();
  info.preprocessing.mean_cube = std::make_shared<std::vector<float>>(std::size_t{16} * 48 * 64 * 3);
  CHECK_THROWS_WITH(clip_spec(ClipOptions{.crops = 3}, info), Catch::Contains("mean cube"));
  CHECK_NOTHROW(clip_spec(ClipOptions{.crops = 10}, info));
}

// Pixels that differ from place to place and from frame to frame.
Clip pattern(int width, int height) {
  Clip clip;
  clip.frames = ClipFrames(std::size_t{kFrames} * static_cast<std::size_t>(width * height) * 3);
  for (std::size_t i = 0; i < clip.frames.size(); ++i) {
    clip.frames[i] = static_cast<std::uint8_t>((i * i / 977 + 31 * i) % 251);
  }
  return clip;
}

// The square of every frame, mirrored by hand.
Clip cut(const Clip& whole, const CropView& view, int width, int height) {
  Clip clip{.frames = ClipFrames(std::size_t{kFrames} * static_cast<std::size_t>(view.side * view.side) * 3)};
  std::size_t place = 0;
  const auto frame_bytes = static_cast<std::size_t>(width * height * 3);
  for (std::size_t frame = 0; frame < kFrames; ++frame) {
    for (int y = 0; y < view.side; ++y) {
      for (int x = 0; x < view.side; ++x) {
        const int column = view.left + (view.mirrored ? view.side - 1 - x : x);
        const auto at = static_cast<std::size_t>(((view.top + y) * width + column) * 3);
        for (std::size_t colour = 0; colour < 3; ++colour) {
          clip.frames[place++] = whole.frames[frame * frame_bytes + at + colour];
        }
      }
    }
  }
  return clip;
}

TEST_CASE("ten crops give the features of ten clips that are cut by hand, and their mean probabilities") {
  const ScratchFolder folder;
  write_small_model(folder / "w.safetensors");
  const auto backend = make_reference_backend();
  Classifier classifier(*backend, folder / "w.safetensors", {.feature = Feature::fc6});
  const ClipSpec ten = clip_spec(ClipOptions{.crops = 10}, classifier.info());
  const std::vector<Clip> clips{pattern(kWidth, kHeight)};
  const ClipScore together = classifier.classify(clips, ten).front();
  const auto size = static_cast<std::size_t>(classifier.feature_size());
  REQUIRE(together.features.size() == 10 * size);

  ClipSpec stored = clip_spec(classifier.info());
  stored.crop_when_read = true;
  std::vector<double> sum(together.probabilities.size());
  std::size_t crop = 0;
  for (const CropView& view : crop_views(ten, kHeight, kWidth)) {
    const std::vector<Clip> one{cut(clips[0], view, kWidth, kHeight)};
    const ClipScore alone = classifier.classify(one, stored).front();
    for (std::size_t i = 0; i < size; ++i) {
      const auto found = static_cast<double>(together.features[crop * size + i]);
      CHECK(found == Approx(static_cast<double>(alone.features[i])).epsilon(1e-5).margin(1e-6));
    }
    for (std::size_t c = 0; c < sum.size(); ++c) sum[c] += static_cast<double>(alone.probabilities[c]);
    ++crop;
  }
  for (std::size_t c = 0; c < sum.size(); ++c) {
    CHECK(static_cast<double>(together.probabilities[c]) == Approx(sum[c] / 10).epsilon(1e-5));
  }
}

TEST_CASE("three crops of a wide frame are squares of its shorter side, scaled") {
  const ScratchFolder folder;
  write_tiny_video(folder / "a.mp4", kFrames, 96, 48);
  ClipSpec spec;
  spec.resize = ResizeRule::short_side;
  spec.resize_height = 32;
  spec.crop = 16;
  spec.clips = 1;
  spec.crops = 3;
  const Decoded decoded = decode({folder / "a.mp4"}, spec);
  CHECK(decoded.ends.at(0).error.empty());
  REQUIRE(decoded.clips.size() == 1);
  CHECK(decoded.clips[0].frames.size() == std::size_t{3} * kFrames * 16 * 16 * 3);
  constexpr std::size_t kFrame = std::size_t{16} * 16 * 3;
  for (std::size_t crop = 0; crop < 3; ++crop) {
    for (std::size_t i = 0; i < kFrames; ++i) {
      const auto frame = std::span(decoded.clips[0].frames).subspan((crop * kFrames + i) * kFrame, kFrame);
      CHECK(tiny_video_frame(frame) == static_cast<int>(i));
    }
  }
}

TEST_CASE("a batch counts crops, and holds one clip at least") {
  ClipSpec spec;
  CHECK(clips_of_batch(10, spec) == 10);
  spec.crops = 3;
  CHECK(clips_of_batch(10, spec) == 3);
  spec.crops = 10;
  CHECK(clips_of_batch(4, spec) == 1);
}

}  // namespace
}  // namespace c3d
