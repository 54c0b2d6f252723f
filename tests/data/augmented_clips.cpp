// Augmentation on its way through sampler, reader and loader.
#include <algorithm>
#include <cmath>
#include <set>

#include "catch.h"
#include "data/augment/clip_mixing.h"
#include "engine/core/error.h"
#include "kernels/reference/reference_backend.h"
#include "tests/data/numbered_videos.h"

namespace c3d {
namespace {

constexpr std::uint64_t kAugmentSeed = 11;

Augmentation everything_on() {
  Augmentation spec;
  spec.scale = {0.5, 1};
  spec.aspect = {0.75, 4.0 / 3};
  spec.rotate = {20, 0.5};
  spec.brightness = spec.contrast = spec.saturation = {0.3};
  spec.hue = {0.1};
  spec.blur = {1, 0.5};
  spec.noise = {8, 0.5};
  spec.erase = {0.3, 0.5};
  spec.speed = {0.5, 2};
  spec.mixup = {0.4, 0.4};
  spec.cutmix = {1, 0.4};
  return spec;
}

NumberedVideos enough_videos() {
  NumberedVideos videos;
  for (std::int64_t i = 0; i < 23; ++i) videos.frames.push_back(2 + (i * 7) % 30);
  return videos;
}

ClipSpec cropped_spec() {
  ClipSpec spec = small_spec();
  spec.crop_when_read = true;
  return spec;
}

LoaderOptions options_of(const Augmentation& augmentation, int workers = 2) {
  LoaderOptions options;
  options.batch = 4;
  options.workers = workers;
  options.seed = kAugmentSeed;
  options.augmentation = augmentation;
  return options;
}

struct MixedBatch {
  BatchCopy batch;
  std::vector<std::int32_t> second_labels;
  std::vector<float> mix;
  friend bool operator==(const MixedBatch&, const MixedBatch&) = default;
};

std::vector<MixedBatch> augmented_epoch(const NumberedVideos& videos, const ClipSpec& spec,
                                        const LoaderOptions& options, int number,
                                        std::int64_t first_batch = 0) {
  const auto backend = make_reference_backend();
  ClipLoader loader(*backend, videos.dataset(), spec, options, videos.open(spec));
  loader.start_epoch(number, first_batch);
  std::vector<MixedBatch> batches;
  while (const Batch* batch = loader.next()) {
    MixedBatch& copy = batches.emplace_back(MixedBatch{copy_of(*batch), {}, {}});
    if (batch->mix.empty()) continue;
    const auto* second = batch->second_labels_i32.as<std::int32_t>();
    const auto* mix = batch->mix.as<float>();
    copy.second_labels.assign(second, second + options.batch);
    copy.mix.assign(mix, mix + options.batch);
  }
  return batches;
}

}  // namespace

TEST_CASE("clips cropped when they are read are those that the device would crop") {
  const NumberedVideos videos = enough_videos();
  const std::vector<MixedBatch> whole = augmented_epoch(videos, small_spec(), options_of({}), 3);
  const std::vector<MixedBatch> cropped = augmented_epoch(videos, cropped_spec(), options_of({}), 3);
  REQUIRE(whole.size() == cropped.size());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    const BatchCopy &from = whole[i].batch, &to = cropped[i].batch;
    REQUIRE(from.labels == to.labels);
    REQUIRE(from.origins == to.origins);
    for (std::size_t row = 0; row < static_cast<std::size_t>(from.size); ++row) {
      REQUIRE((to.crops[3 * row] == 0 && to.crops[3 * row + 1] == 0));
      REQUIRE(to.crops[3 * row + 2] == from.crops[3 * row + 2]);
      const auto top = static_cast<std::size_t>(from.crops[3 * row]);
      const auto left = static_cast<std::size_t>(from.crops[3 * row + 1]);
      for (std::size_t frame = 0; frame < 4; ++frame) {
        for (std::size_t line = 0; line < 6; ++line) {
          const auto* wanted = &from.frames[((row * 4 + frame) * 8 + top + line) * 33 + left * 3];
          REQUIRE(std::equal(wanted, wanted + 18, &to.frames[((row * 4 + frame) * 6 + line) * 18]));
        }
      }
    }
  }
}

TEST_CASE("an evaluation crop that is not in the centre is the same when it is made in reading") {
  NumberedVideos videos;
  videos.frames = {12, 7};
  LoaderOptions options = options_of({});
  options.evaluates = true;
  ClipSpec spec = small_spec();
  spec.crop_top = 2;
  spec.crop_left = 5;
  const BatchCopy whole = augmented_epoch(videos, spec, options, 0)[0].batch;
  spec.crop_when_read = true;
  const BatchCopy cropped = augmented_epoch(videos, spec, options, 0)[0].batch;
  REQUIRE((whole.crops[0] == 2 && whole.crops[1] == 5));
  REQUIRE(cropped.crops == std::vector<std::int32_t>(12, 0));
  const auto* wanted = &whole.frames[2 * 33 + 5 * 3];
  REQUIRE(std::equal(wanted, wanted + 18, cropped.frames.data()));
}

TEST_CASE("augmented batches are the same for any number of workers, and from any batch on") {
  NumberedVideos videos = enough_videos();
  videos.broken = {3, 4, 17};
  const std::vector<MixedBatch> expected =
      augmented_epoch(videos, cropped_spec(), options_of(everything_on(), 1), 2);
  REQUIRE(expected.size() == 6);
  for (int repeat = 0; repeat < 5; ++repeat)
    REQUIRE(augmented_epoch(videos, cropped_spec(), options_of(everything_on(), 8), 2) == expected);
  const std::vector<MixedBatch> rest(expected.begin() + 2, expected.end());
  REQUIRE(augmented_epoch(videos, cropped_spec(), options_of(everything_on()), 2, 2) == rest);
  REQUIRE(augmented_epoch(videos, cropped_spec(), options_of(everything_on()), 3) != expected);
}

TEST_CASE("frames that keep their shape are augmented alike") {
  NumberedVideos videos = enough_videos();
  ClipSpec spec = cropped_spec();
  spec.resize = ResizeRule::short_side;
  const std::vector<MixedBatch> shaped = augmented_epoch(videos, spec, options_of(everything_on()), 2);
  REQUIRE(shaped == augmented_epoch(videos, cropped_spec(), options_of(everything_on()), 2));
}

TEST_CASE("a mixed row has the label of the row it takes from, and its share") {
  const NumberedVideos videos = enough_videos();
  Augmentation spec;
  spec.cutmix = {1, 0.7};
  const std::vector<MixedBatch> plain = augmented_epoch(videos, cropped_spec(), options_of({}), 0);
  const std::vector<MixedBatch> mixed = augmented_epoch(videos, cropped_spec(), options_of(spec), 0);
  std::int64_t index = 0;
  int whole = 0;
  for (std::size_t i = 0; i < mixed.size(); ++i) {
    REQUIRE(plain[i].mix.empty());
    const std::int64_t rows = mixed[i].batch.size;
    const std::int64_t distance = mixing_distance(kAugmentSeed, 0, static_cast<std::int64_t>(i), rows);
    for (std::int64_t row = 0; row < rows; ++row, ++index) {
      const auto at = static_cast<std::size_t>(row),
                 other = static_cast<std::size_t>((row + distance) % rows);
      const MixDraw draw = draw_augmentation(spec, kAugmentSeed, 0, index).mix;
      REQUIRE(mixed[i].batch.labels[at] == plain[i].batch.labels[at]);
      REQUIRE(mixed[i].second_labels[at] == plain[i].batch.labels[other]);
      REQUIRE(mixed[i].mix[at] == static_cast<float>(own_share(draw, 6)));
      whole += mixed[i].mix[at] == 1 ? 1 : 0;
      // The first number of a pixel is its video's: so many pixels are the clip's own.
      std::int64_t own = 0;
      const auto* pixels = &mixed[i].batch.frames[at * 4 * 36 * 3];
      for (std::size_t pixel = 0; pixel < 4 * 36; ++pixel)
        own += pixels[3 * pixel] == mixed[i].batch.origins[at].first ? 1 : 0;
      REQUIRE(static_cast<double>(own) / (4 * 36) == Approx(mixed[i].mix[at]));
    }
    for (std::size_t row = static_cast<std::size_t>(rows); row < 4; ++row) {
      REQUIRE(mixed[i].second_labels[row] == -1);
      REQUIRE(mixed[i].mix[row] == 1);
    }
  }
  REQUIRE((whole > 0 && whole < 20));
}

TEST_CASE("speed takes the nearest frames, and a clip that would leave its video by it is slower") {
  ClipSpec spec;  // 16 frames
  REQUIRE(clip_frame(spec, 10, 15, 100, 1) == 25);
  REQUIRE(clip_frame(spec, 10, 15, 100, 0.5) == 18);
  REQUIRE(clip_frame(spec, 10, 3, 100, 1.5) == 15);
  Augmentation fast;
  fast.speed = {2, 2};
  Dataset dataset{{"only"}, {}, 0};
  for (const std::int64_t frames : {16, 20, 31, 32, 200, 9}) dataset.videos.push_back({"v", 0, frames});
  for (std::int32_t video = 0; video < 6; ++video) {
    const std::int64_t frames = dataset.videos[static_cast<std::size_t>(video)].frames;
    std::set<std::int64_t> starts;
    for (std::int64_t i = 0; i < 3000; ++i) {
      const ClipRequest clip = sample_clip(dataset, spec, {video}, kAugmentSeed, 0, i, fast);
      REQUIRE_FALSE(clip.augmentation.has_value());
      const double fits = static_cast<double>(frames - 1) / 15;
      REQUIRE(clip.speed == (frames < 16 ? 2.0 : std::min(2.0, fits)));
      if (frames >= 16) REQUIRE(clip.first_frame + std::llround(15 * clip.speed) < frames);
      starts.insert(clip.first_frame);
    }
    REQUIRE(*starts.begin() == 0);
    REQUIRE(*starts.rbegin() == std::max<std::int64_t>(frames - 31, 0));
  }
}

TEST_CASE("frames read at a speed are those of the clip, slow and fast, looped too") {
  NumberedVideos videos;
  videos.frames = {40, 3, 7, 16};
  for (const double speed : {0.4, 0.75, 1.3, 2.0}) {
    Augmentation spec;
    spec.speed = {speed, speed};
    const ClipSpec clip = small_spec();
    const auto backend = make_reference_backend();
    ClipLoader loader(*backend, videos.dataset(), clip, options_of(spec), videos.open(clip));
    loader.start_epoch(0);
    const Batch* batch = loader.next();
    const std::vector<std::int32_t> order = epoch_order(videos.dataset(), clip, kAugmentSeed, 0);
    for (std::int64_t row = 0; row < 4; ++row) {
      const ClipRequest request = sample_clip(videos.dataset(), clip, order, kAugmentSeed, 0, row, spec);
      const std::int64_t frames = videos.frames[static_cast<std::size_t>(request.video)];
      for (int i = 0; i < 4; ++i)
        REQUIRE(pixel_name(*batch, row, i).frame ==
                clip_frame(clip, request.first_frame, i, frames, request.speed));
    }
  }
}

TEST_CASE("a loader refuses to augment whole frames or evaluated clips, and what contradicts itself") {
  const NumberedVideos videos = enough_videos();
  REQUIRE_THROWS_AS(augmented_epoch(videos, small_spec(), options_of(everything_on()), 0), Error);
  LoaderOptions evaluation = options_of(everything_on());
  evaluation.evaluates = true;
  REQUIRE_THROWS_AS(augmented_epoch(videos, cropped_spec(), evaluation, 0), Error);
  Augmentation reversed;
  reversed.scale = {1, 0.5};
  REQUIRE_THROWS_AS(augmented_epoch(videos, cropped_spec(), options_of(reversed), 0), Error);
}

}  // namespace c3d
