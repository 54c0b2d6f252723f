#include "data/group_folds.h"

#include <algorithm>
#include <map>
#include <set>

#include "catch.h"
#include "data/video_groups.h"
#include "engine/core/error.h"
#include "engine/core/philox.h"
#include "tests/data/grouped_videos.h"

namespace c3d {
namespace {

// [class][fold]
std::vector<std::vector<int>> counts(const Dataset& dataset, const std::vector<std::int32_t>& fold_of,
                                     std::size_t folds) {
  std::vector<std::vector<int>> all(dataset.labels.size(), std::vector<int>(folds, 0));
  for (std::size_t i = 0; i < fold_of.size(); ++i) {
    ++all[static_cast<std::size_t>(dataset.videos[i].label)][static_cast<std::size_t>(fold_of[i])];
  }
  return all;
}

int spread(const std::vector<int>& numbers) {
  const auto [least, most] = std::ranges::minmax(numbers);
  return most - least;
}

TEST_CASE("folds have as much of every label of sets") {
  Dataset dataset{{"often", "seldom", "rare"}, {}, 0};
  dataset.has_label_sets = true;
  for (int i = 0; i < 60; ++i) {
    std::vector<std::int32_t> set;
    for (const std::int32_t label : {0, 1, 2}) {
      if (i % (2 + 3 * label) == 0) set.push_back(label);
    }
    dataset.videos.push_back({fmt::format("v{}.avi", i), -1, 9, set});
  }
  const std::vector<std::int32_t> fold_of = folds_by_group(dataset, 3, kDefaultGroupRegex, 1);
  std::vector<std::vector<int>> counts(3, std::vector<int>(3, 0));
  for (std::size_t i = 0; i < fold_of.size(); ++i) {
    for (const std::int32_t label : dataset.videos[i].label_set)
      ++counts[static_cast<std::size_t>(label)][static_cast<std::size_t>(fold_of[i])];
  }
  for (const std::vector<int>& of_label : counts) CHECK(spread(of_label) <= 1);
}

TEST_CASE("folds keep every group whole and none is empty") {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Dataset dataset{{"a", "b", "c", "d"}, {}, 0};
    for (std::uint64_t i = 0; i < 40; ++i) {
      const PhiloxBlock random = philox(seed, i, 0);
      const auto label = static_cast<std::int32_t>(random.word[0] % 4);
      dataset.videos.push_back({fmt::format("v{}_g{:02}_.avi", i, random.word[1] % 9), label, 9});
    }
    const std::vector<std::size_t> groups = groups_of(dataset, kDefaultGroupRegex);
    const auto all = static_cast<std::int64_t>(std::set(groups.begin(), groups.end()).size());
    for (std::int64_t folds = 2; folds <= all; ++folds) {
      const std::vector<std::int32_t> fold_of = folds_by_group(dataset, folds, kDefaultGroupRegex, seed);
      std::map<std::size_t, std::int32_t> of_group;
      for (std::size_t i = 0; i < groups.size(); ++i)
        CHECK(of_group.emplace(groups[i], fold_of[i]).first->second == fold_of[i]);
      CHECK(static_cast<std::int64_t>(std::set(fold_of.begin(), fold_of.end()).size()) == folds);
    }
  }
}

TEST_CASE("every class is spread evenly over the folds") {
  const Dataset ucf = ucf_like(5, 25, 4);
  for (const auto& row : counts(ucf, folds_by_group(ucf, 5, kDefaultGroupRegex, 1), 5))
    CHECK(spread(row) == 0);
  Dataset apart{{"many", "some", "few"}, {}, 0};  // each video a group
  for (const auto& [label, videos] : std::map<std::int32_t, int>{{0, 40}, {1, 13}, {2, 5}}) {
    for (int i = 0; i < videos; ++i) apart.videos.push_back({fmt::format("{}_{}.avi", label, i), label, 9});
  }
  for (const auto& row : counts(apart, folds_by_group(apart, 4, kDefaultGroupRegex, 2), 4))
    CHECK(spread(row) <= 1);
}

TEST_CASE("the seed decides which groups are together and nothing else does") {
  const Dataset dataset = ucf_like(3, 12, 2);
  const auto of_seed = [&](std::uint64_t seed) {
    return folds_by_group(dataset, 3, kDefaultGroupRegex, seed);
  };
  CHECK(of_seed(1) == of_seed(1));
  CHECK(of_seed(1) != of_seed(2));
}

TEST_CASE("folds of seed 0 are the same on every machine and in every version") {
  Dataset dataset{{"a", "b"}, {}, 0};
  for (int i = 0; i < 9; ++i) dataset.videos.push_back({fmt::format("v{}.avi", i), i % 2, 9});
  CHECK(folds_by_group(dataset, 3, kDefaultGroupRegex, 0) ==
        std::vector<std::int32_t>{2, 1, 1, 0, 0, 2, 1, 2, 0});
}

TEST_CASE("folds that cannot be made say why") {
  const Dataset dataset = ucf_like(2, 3, 4);
  CHECK_THROWS_WITH(folds_by_group(dataset, 1, kDefaultGroupRegex, 0),
                    Catch::Contains("2 folds or more, not 1"));
  CHECK_THROWS_WITH(folds_by_group(dataset, 4, kDefaultGroupRegex, 0),
                    Catch::Contains("3 groups cannot be split into 4 folds") && Catch::Contains("at most 3"));
}

TEST_CASE("the groups of each class are counted") {
  Dataset dataset = ucf_like(2, 3, 4);
  dataset.labels.push_back("lonely");
  dataset.videos.push_back({"v_g01_a.avi", 2, 9});
  dataset.videos.push_back({"v_g01_b.avi", 2, 9});
  CHECK(groups_per_class(dataset, kDefaultGroupRegex) == std::vector<std::int64_t>{3, 3, 1});
}

}  // namespace
}  // namespace c3d
