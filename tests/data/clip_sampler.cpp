#include "data/clip_sampler.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "catch.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

Dataset videos_of(const std::vector<std::int64_t>& frames) {
  Dataset dataset{{"only"}, {}, 0};
  for (const std::int64_t count : frames) dataset.videos.push_back({"v", 0, count});
  return dataset;
}

TEST_CASE("an epoch's order is a permutation that depends on seed and epoch alone") {
  const Dataset dataset = videos_of(std::vector<std::int64_t>(50, 100));
  const std::vector<std::int32_t> order = epoch_order(dataset, {}, 7, 3);
  REQUIRE(order == epoch_order(dataset, {}, 7, 3));
  REQUIRE(order != epoch_order(dataset, {}, 7, 4));
  REQUIRE(order != epoch_order(dataset, {}, 8, 3));
  std::vector<std::int32_t> sorted = order, all(50);
  std::sort(sorted.begin(), sorted.end());
  std::iota(all.begin(), all.end(), 0);
  REQUIRE(sorted == all);
  REQUIRE(order != all);
}

TEST_CASE("every video stands in every place of an epoch's order about equally often") {
  const Dataset dataset = videos_of({20, 20, 20, 20});
  constexpr int kEpochs = 4000;
  std::vector<int> first(4);
  for (int epoch = 0; epoch < kEpochs; ++epoch)
    ++first[static_cast<std::size_t>(epoch_order(dataset, {}, 1, epoch)[0])];
  // 1000 expected, standard deviation 27.
  for (const int count : first) REQUIRE(std::abs(count - 1000) < 140);
}

TEST_CASE("a sampled clip reaches the first and last start and crop offset and nothing beyond") {
  const Dataset dataset = videos_of({20});  // starts 0 .. 4
  const std::vector<std::int32_t> order = epoch_order(dataset, {}, 0, 0);
  std::set<std::int64_t> starts, tops, lefts;
  for (std::int64_t i = 0; i < 3000; ++i) {
    const ClipRequest clip = sample_clip(dataset, {}, order, 0, 0, i);
    REQUIRE(clip.video == 0);
    starts.insert(clip.first_frame);
    tops.insert(clip.crop_top);
    lefts.insert(clip.crop_left);
  }
  REQUIRE(starts == std::set<std::int64_t>{0, 1, 2, 3, 4});
  REQUIRE((*tops.begin() == 0 && *tops.rbegin() == 16 && tops.size() == 17));
  REQUIRE((*lefts.begin() == 0 && *lefts.rbegin() == 59 && lefts.size() == 60));
}

TEST_CASE("a clip at a stride ends inside its video, the last frame included") {
  const Dataset dataset = videos_of({40});
  ClipSpec spec;
  spec.frame_stride = 2;  // spans 31 frames: starts 0 .. 9
  const std::vector<std::int32_t> order = epoch_order(dataset, spec, 0, 0);
  std::set<std::int64_t> starts;
  for (std::int64_t i = 0; i < 500; ++i)
    starts.insert(sample_clip(dataset, spec, order, 0, 0, i).first_frame);
  REQUIRE((*starts.begin() == 0 && *starts.rbegin() == 9 && starts.size() == 10));
}

TEST_CASE("a video of exactly one clip's length gives the clip from its first frame") {
  const Dataset dataset = videos_of({16});
  const std::vector<std::int32_t> order = epoch_order(dataset, {}, 0, 0);
  for (std::int64_t i = 0; i < 20; ++i) REQUIRE(sample_clip(dataset, {}, order, 0, 0, i).first_frame == 0);
}

TEST_CASE("clips are flipped with the probability asked for") {
  const Dataset dataset = videos_of({16});
  ClipSpec spec;
  const auto [probability, low, high] =
      GENERATE(std::make_tuple(0.0, 0, 0), std::make_tuple(1.0, 2000, 2000), std::make_tuple(0.5, 900, 1100),
               std::make_tuple(0.1, 140, 260));
  spec.flip = probability;
  const std::vector<std::int32_t> order = epoch_order(dataset, spec, 0, 0);
  int flipped = 0;
  for (std::int64_t i = 0; i < 2000; ++i) flipped += sample_clip(dataset, spec, order, 0, 0, i).flip ? 1 : 0;
  REQUIRE(flipped >= low);
  REQUIRE(flipped <= high);
}

TEST_CASE("a sampled clip depends on seed, epoch and index, and rounds of an epoch draw anew") {
  const Dataset dataset = videos_of(std::vector<std::int64_t>(10, 5000));
  const std::vector<std::int32_t> order = epoch_order(dataset, {}, 5, 2);
  const ClipRequest clip = sample_clip(dataset, {}, order, 5, 2, 3);
  REQUIRE(clip == sample_clip(dataset, {}, order, 5, 2, 3));
  REQUIRE(clip.first_frame != sample_clip(dataset, {}, order, 6, 2, 3).first_frame);
  REQUIRE(clip.first_frame != sample_clip(dataset, {}, order, 5, 3, 3).first_frame);
  const ClipRequest next_round = sample_clip(dataset, {}, order, 5, 2, 13);
  REQUIRE(next_round.video == clip.video);
  REQUIRE(next_round.first_frame != clip.first_frame);
}

TEST_CASE("short videos stay out of the epoch only under skip") {
  const Dataset dataset = videos_of({15, 16, 3});
  ClipSpec spec;
  REQUIRE(epoch_order(dataset, spec, 0, 0).size() == 3);
  REQUIRE(evaluation_clips(dataset, spec, 2).size() == 1);
  spec.short_clips = ShortClips::skip;
  REQUIRE(epoch_order(dataset, spec, 0, 0) == std::vector<std::int32_t>{1});
  REQUIRE(evaluation_clips(dataset, spec, 0).empty());
  REQUIRE(evaluation_clips(dataset, spec, 1).size() == 1);
}

TEST_CASE("clips of videos that nobody counted are refused") {
  REQUIRE_THROWS_AS(epoch_order(videos_of({0}), {}, 0, 0), Error);
}

TEST_CASE("frames of a short clip loop or repeat") {
  const auto frames = [](ShortClips rule, int stride) {
    std::vector<std::int64_t> numbers;
    const ClipSpec spec{.frame_stride = stride, .short_clips = rule};
    for (int i = 0; i < 6; ++i) numbers.push_back(clip_frame(spec, 0, i, 4));
    return numbers;
  };
  REQUIRE(frames(ShortClips::loop, 1) == std::vector<std::int64_t>{0, 1, 2, 3, 0, 1});
  REQUIRE(frames(ShortClips::repeat, 1) == std::vector<std::int64_t>{0, 1, 2, 3, 3, 3});
  REQUIRE(frames(ShortClips::loop, 3) == std::vector<std::int64_t>{0, 3, 2, 1, 0, 3});
  REQUIRE(clip_frame({.frame_stride = 3}, 7, 2, 100) == 13);
}

TEST_CASE("evaluation clips stand at the centre, unflipped, from the first start to the last") {
  const Dataset dataset = videos_of({106});
  const std::vector<ClipRequest> clips = evaluation_clips(dataset, {}, 0);
  REQUIRE(clips.size() == 10);
  for (std::size_t i = 0; i < clips.size(); ++i) {
    REQUIRE(clips[i] == ClipRequest{0, static_cast<std::int64_t>(10 * i), 8, 29, false});
  }
}

TEST_CASE("clips spread evenly cover the video and never repeat") {
  const auto starts = [](std::int64_t frames, int stride, int clips) {
    return clip_starts({.frame_stride = stride, .clips = clips}, frames);
  };
  REQUIRE(starts(116, 1, 1) == std::vector<std::int64_t>{50});
  REQUIRE(starts(116, 1, 2) == std::vector<std::int64_t>{0, 100});
  REQUIRE(starts(19, 1, 10) == std::vector<std::int64_t>{0, 1, 2, 3});
  REQUIRE(starts(16, 1, 10) == std::vector<std::int64_t>{0});
  REQUIRE(starts(5, 1, 10) == std::vector<std::int64_t>{0});
  REQUIRE(starts(41, 2, 3) == std::vector<std::int64_t>{0, 5, 10});
  REQUIRE_THROWS_AS(starts(16, 1, 0), Error);
}

TEST_CASE("a sliding window gives every whole window and at least one") {
  const ClipSpec spec{.step = 8};
  REQUIRE(clip_starts(spec, 16) == std::vector<std::int64_t>{0});
  REQUIRE(clip_starts(spec, 32) == std::vector<std::int64_t>{0, 8, 16});
  REQUIRE(clip_starts(spec, 31) == std::vector<std::int64_t>{0, 8});
  REQUIRE(clip_starts(spec, 4) == std::vector<std::int64_t>{0});
}

TEST_CASE("specs that cannot be met are refused with what to change") {
  const Dataset dataset = videos_of({16});
  ClipSpec spec;
  spec.crop = 129;
  REQUIRE_THROWS_WITH(epoch_order(dataset, spec, 0, 0), Catch::Contains("choose a smaller crop"));
  spec = {};
  spec.flip = 1.5;
  REQUIRE_THROWS_WITH(epoch_order(dataset, spec, 0, 0), Catch::Contains("from 0 to 1"));
}

TEST_CASE("evaluation clips stand where a profile puts them") {
  ClipSpec spec;
  spec.crop_top = 8;
  spec.crop_left = 30;
  REQUIRE(evaluation_clips(videos_of({16}), spec, 0)[0] == ClipRequest{0, 0, 8, 30, false});
}

TEST_CASE("several crops of an evaluation clip follow each other, the mirrored ones last") {
  ClipSpec spec;
  spec.clips = 2;
  spec.crops = 10;
  const std::vector<ClipRequest> clips = evaluation_clips(videos_of({32}), spec, 0);
  REQUIRE(clips.size() == 20);
  for (std::size_t i = 0; i < clips.size(); ++i) {
    CHECK(clips[i].first_frame == (i < 10 ? 0 : 16));
    CHECK(clips[i].view == static_cast<int>(i % 10));
    CHECK(clips[i].flip == (i % 10 >= 5));
  }
  CHECK(clips[3].crop_top == 16);
  CHECK(clips[3].crop_left == 59);
  CHECK(clips[6].crop_left == 0);  // of the mirrored frame the top right is the top left of the frame
  spec.crops = 3;                  // which are cut when they are read
  CHECK(evaluation_clips(videos_of({16}), spec, 0)[2] == ClipRequest{.video = 0, .view = 2});
}

}  // namespace
}  // namespace c3d
