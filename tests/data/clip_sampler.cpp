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
  ClipRule rule;
  rule.frame_stride = 2;  // spans 31 frames: starts 0 .. 9
  const std::vector<std::int32_t> order = epoch_order(dataset, rule, 0, 0);
  std::set<std::int64_t> starts;
  for (std::int64_t i = 0; i < 500; ++i)
    starts.insert(sample_clip(dataset, rule, order, 0, 0, i).first_frame);
  REQUIRE((*starts.begin() == 0 && *starts.rbegin() == 9 && starts.size() == 10));
}

TEST_CASE("a video of exactly one clip's length gives the clip from its first frame") {
  const Dataset dataset = videos_of({16});
  const std::vector<std::int32_t> order = epoch_order(dataset, {}, 0, 0);
  for (std::int64_t i = 0; i < 20; ++i) REQUIRE(sample_clip(dataset, {}, order, 0, 0, i).first_frame == 0);
}

TEST_CASE("clips are flipped with the probability asked for") {
  const Dataset dataset = videos_of({16});
  ClipRule rule;
  const auto [probability, low, high] =
      GENERATE(std::make_tuple(0.0, 0, 0), std::make_tuple(1.0, 2000, 2000), std::make_tuple(0.5, 900, 1100),
               std::make_tuple(0.1, 140, 260));
  rule.flip = probability;
  const std::vector<std::int32_t> order = epoch_order(dataset, rule, 0, 0);
  int flipped = 0;
  for (std::int64_t i = 0; i < 2000; ++i) flipped += sample_clip(dataset, rule, order, 0, 0, i).flip ? 1 : 0;
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
  ClipRule rule;
  REQUIRE(epoch_order(dataset, rule, 0, 0).size() == 3);
  REQUIRE(evaluation_clips(dataset, rule, 2, 10).size() == 1);
  rule.short_clips = ShortClips::skip;
  REQUIRE(epoch_order(dataset, rule, 0, 0) == std::vector<std::int32_t>{1});
  REQUIRE(evaluation_clips(dataset, rule, 0, 10).empty());
  REQUIRE(evaluation_clips(dataset, rule, 1, 10).size() == 1);
}

TEST_CASE("clips of videos that nobody counted are refused") {
  REQUIRE_THROWS_AS(epoch_order(videos_of({0}), {}, 0, 0), Error);
}

TEST_CASE("frames of a short clip loop or repeat") {
  const auto frames = [](ShortClips rule, int stride) {
    std::vector<std::int64_t> numbers;
    for (int i = 0; i < 6; ++i) numbers.push_back(clip_frame(0, i, stride, 4, rule));
    return numbers;
  };
  REQUIRE(frames(ShortClips::loop, 1) == std::vector<std::int64_t>{0, 1, 2, 3, 0, 1});
  REQUIRE(frames(ShortClips::repeat, 1) == std::vector<std::int64_t>{0, 1, 2, 3, 3, 3});
  REQUIRE(frames(ShortClips::loop, 3) == std::vector<std::int64_t>{0, 3, 2, 1, 0, 3});
  REQUIRE(clip_frame(7, 2, 3, 100, ShortClips::loop) == 13);
}

TEST_CASE("evaluation clips stand at the centre, unflipped, from the first start to the last") {
  const Dataset dataset = videos_of({106});
  const std::vector<ClipRequest> clips = evaluation_clips(dataset, {}, 0, 10);
  REQUIRE(clips.size() == 10);
  for (std::size_t i = 0; i < clips.size(); ++i) {
    REQUIRE(clips[i] == ClipRequest{0, static_cast<std::int64_t>(10 * i), 8, 29, false});
  }
}

TEST_CASE("even starts cover the video and never repeat") {
  REQUIRE(even_starts(116, 16, 1, 1) == std::vector<std::int64_t>{50});
  REQUIRE(even_starts(116, 16, 1, 2) == std::vector<std::int64_t>{0, 100});
  REQUIRE(even_starts(19, 16, 1, 10) == std::vector<std::int64_t>{0, 1, 2, 3});
  REQUIRE(even_starts(16, 16, 1, 10) == std::vector<std::int64_t>{0});
  REQUIRE(even_starts(5, 16, 1, 10) == std::vector<std::int64_t>{0});
  REQUIRE(even_starts(41, 16, 2, 3) == std::vector<std::int64_t>{0, 5, 10});
}

TEST_CASE("a sliding window gives every whole window and at least one") {
  REQUIRE(window_starts(16, 16, 1, 8) == std::vector<std::int64_t>{0});
  REQUIRE(window_starts(32, 16, 1, 8) == std::vector<std::int64_t>{0, 8, 16});
  REQUIRE(window_starts(31, 16, 1, 8) == std::vector<std::int64_t>{0, 8});
  REQUIRE(window_starts(4, 16, 1, 8) == std::vector<std::int64_t>{0});
  REQUIRE_THROWS_AS(window_starts(16, 16, 1, 0), Error);
}

TEST_CASE("rules that cannot be met are refused with what to change") {
  const Dataset dataset = videos_of({16});
  ClipRule rule;
  rule.crop = 129;
  REQUIRE_THROWS_WITH(epoch_order(dataset, rule, 0, 0), Catch::Contains("choose a smaller crop"));
  rule = {};
  rule.flip = 1.5;
  REQUIRE_THROWS_WITH(epoch_order(dataset, rule, 0, 0), Catch::Contains("from 0 to 1"));
  REQUIRE_THROWS_WITH(parse_short_clips("cut"), Catch::Contains("loop, repeat or skip"));
  for (const ShortClips choice : {ShortClips::loop, ShortClips::repeat, ShortClips::skip}) {
    REQUIRE(parse_short_clips(to_string(choice)) == choice);
  }
}

TEST_CASE("evaluation clips stand where a profile puts them") {
  ClipRule rule;
  rule.judged_top = 8;
  rule.judged_left = 30;
  REQUIRE(evaluation_clips(videos_of({16}), rule, 0, 1)[0] == ClipRequest{0, 0, 8, 30, false});
}

}  // namespace
}  // namespace c3d
