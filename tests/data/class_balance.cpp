#include "data/class_balance.h"

#include <algorithm>
#include <map>

#include "catch.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

// Of as many videos of each class, one class after the other.
Dataset videos_by_count(const std::vector<int>& counts) {
  Dataset dataset;
  for (std::size_t c = 0; c < counts.size(); ++c) {
    dataset.labels.push_back("class" + std::to_string(c));
    for (int i = 0; i < counts[c]; ++i) dataset.videos.push_back({"v", static_cast<std::int32_t>(c), 100});
  }
  return dataset;
}

std::vector<int> drawn_of_class(const Dataset& dataset, const std::vector<std::int32_t>& order) {
  std::vector<int> drawn(dataset.labels.size());
  for (const std::int32_t video : order) {
    ++drawn[static_cast<std::size_t>(dataset.videos[static_cast<std::size_t>(video)].label)];
  }
  return drawn;
}

TEST_CASE("shares go from those of the videos to those of the classes") {
  const Dataset dataset = videos_by_count({16, 4, 0});
  CHECK(class_shares(dataset, {}, 0) == std::vector<double>{0.8, 0.2, 0});
  CHECK(class_shares(dataset, {}, 1) == std::vector<double>{0.5, 0.5, 0});
  const std::vector<double> between = class_shares(dataset, {}, 0.5);  // 4 to 2
  CHECK(between[0] == Approx(2.0 / 3));
  CHECK(between[1] == Approx(1.0 / 3));
  CHECK_THROWS_AS(class_shares(dataset, {}, 1.5), Error);
}

TEST_CASE("videos that are too short count for no share") {
  Dataset dataset = videos_by_count({3, 3});
  dataset.videos[0].frames = dataset.videos[1].frames = 5;
  ClipSpec spec;
  spec.short_clips = ShortClips::skip;
  CHECK(class_shares(dataset, spec, 0) == std::vector<double>{0.25, 0.75});
  CHECK(epoch_order(dataset, spec, 1, 0, 1).size() == 4);
}

TEST_CASE("without a balance an epoch is the permutation it was") {
  const Dataset dataset = videos_by_count({9, 3, 1});
  CHECK(epoch_order(dataset, {}, 7, 2, 0) == epoch_order(dataset, {}, 7, 2));
}

TEST_CASE("a balanced epoch keeps its length and shows each class as often") {
  const Dataset dataset = videos_by_count({20, 3, 0, 1});
  for (int epoch = 0; epoch < 20; ++epoch) {
    const std::vector<std::int32_t> order = epoch_order(dataset, {}, 7, epoch, 1);
    REQUIRE(order.size() == 24);
    CHECK(drawn_of_class(dataset, order) == std::vector<int>{8, 8, 0, 8});
    std::map<std::int32_t, int> times;
    for (const std::int32_t video : order) ++times[video];
    CHECK(times.size() == 8 + 3 + 1);  // none of the frequent class twice, all of the rare ones
    for (const std::int32_t video : {20, 21, 22}) CHECK((times[video] == 2 || times[video] == 3));
    CHECK(times[23] == 8);
  }
}

TEST_CASE("a balanced order depends on seed and epoch alone and is shuffled") {
  const Dataset dataset = videos_by_count({30, 10});
  const std::vector<std::int32_t> order = epoch_order(dataset, {}, 7, 3, 0.5);
  CHECK(order == epoch_order(dataset, {}, 7, 3, 0.5));
  CHECK(order != epoch_order(dataset, {}, 7, 4, 0.5));
  CHECK(order != epoch_order(dataset, {}, 8, 3, 0.5));
  CHECK_FALSE(std::is_sorted(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
    return dataset.videos[static_cast<std::size_t>(a)].label <
           dataset.videos[static_cast<std::size_t>(b)].label;
  }));
}

TEST_CASE("over many epochs classes are drawn by their shares and their videos alike") {
  const Dataset dataset = videos_by_count({7, 2, 1});
  const std::vector<double> shares = class_shares(dataset, {}, 0.4);
  constexpr int kEpochs = 4000;
  std::vector<double> of_class(3), of_video(10);
  for (int epoch = 0; epoch < kEpochs; ++epoch) {
    const std::vector<std::int32_t> order = epoch_order(dataset, {}, 5, epoch, 0.4);
    const std::vector<int> drawn = drawn_of_class(dataset, order);
    for (std::size_t c = 0; c < 3; ++c) {
      CHECK(std::abs(drawn[c] - 10 * shares[c]) < 1);  // in each epoch
      of_class[c] += drawn[c];
    }
    for (const std::int32_t video : order) ++of_video[static_cast<std::size_t>(video)];
  }
  for (std::size_t c = 0; c < 3; ++c) CHECK(of_class[c] / kEpochs == Approx(10 * shares[c]).margin(0.03));
  for (std::size_t video = 0; video < 7; ++video) {
    CHECK(of_video[video] / kEpochs == Approx(10 * shares[0] / 7).margin(0.04));
  }
}

}  // namespace
}  // namespace c3d
