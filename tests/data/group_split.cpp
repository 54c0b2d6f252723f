#include <map>
#include <set>

#include "catch.h"
#include "data/dataset.h"
#include "engine/core/error.h"
#include "engine/core/philox.h"
#include "tests/data/grouped_videos.h"

namespace c3d {
namespace {

std::set<std::string> names(const Dataset& dataset) {
  std::set<std::string> all;
  for (const Video& video : dataset.videos) all.insert(video.path.string());
  return all;
}

std::set<std::string> groups(const Dataset& dataset) {  // `_g01_` of UCF101's names
  std::set<std::string> all;
  for (const Video& video : dataset.videos) {
    const std::string name = video.path.filename().string();
    all.insert(name.substr(name.rfind("_g") + 1, 3));
  }
  return all;
}

std::map<std::int32_t, std::int64_t> videos_per_class(const Dataset& dataset) {
  std::map<std::int32_t, std::int64_t> counts;
  for (const Video& video : dataset.videos) ++counts[video.label];
  return counts;
}

TEST_CASE("a split keeps every group on one side and loses no video") {
  const Dataset dataset = ucf_like(5, 25, 4);
  const Split split = split_by_group(dataset, 0.2, kDefaultGroupRegex, 1);
  REQUIRE(split.train.labels == dataset.labels);
  REQUIRE(split.validation.labels == dataset.labels);
  REQUIRE(split.train.videos.size() + split.validation.videos.size() == dataset.videos.size());
  std::set<std::string> both = names(split.train);
  both.merge(names(split.validation));
  REQUIRE(both == names(dataset));
  for (const std::string& group : groups(split.validation))
    REQUIRE_FALSE(groups(split.train).contains(group));
  REQUIRE(groups(split.validation).size() == 5);
}

TEST_CASE("a split takes the wanted share of each class") {
  const Split split = split_by_group(ucf_like(5, 25, 4), 0.2, kDefaultGroupRegex, 3);
  for (const auto& [label, count] : videos_per_class(split.validation)) REQUIRE(count == 20);
  REQUIRE(videos_per_class(split.validation).size() == 5);
}

TEST_CASE("a split is decided by its seed") {
  const Dataset dataset = ucf_like(3, 25, 2);
  REQUIRE(names(split_by_group(dataset, 0.2, kDefaultGroupRegex, 1).validation) ==
          names(split_by_group(dataset, 0.2, kDefaultGroupRegex, 1).validation));
  REQUIRE(names(split_by_group(dataset, 0.2, kDefaultGroupRegex, 1).validation) !=
          names(split_by_group(dataset, 0.2, kDefaultGroupRegex, 2).validation));
}

TEST_CASE("videos whose names show no group part one by one, some of each class on both sides") {
  Dataset dataset{{"many", "two", "one"}, {}, 0};
  for (int i = 0; i < 20; ++i) dataset.videos.push_back({"many/" + std::to_string(i) + ".avi", 0, 9});
  for (int i = 0; i < 2; ++i) dataset.videos.push_back({"two/" + std::to_string(i) + ".avi", 1, 9});
  dataset.videos.push_back({"one/0.avi", 2, 9});
  const Split split = split_by_group(dataset, 0.25, kDefaultGroupRegex, 0);
  REQUIRE(videos_per_class(split.validation) == std::map<std::int32_t, std::int64_t>{{0, 5}, {1, 1}});
  REQUIRE(videos_per_class(split.train) == std::map<std::int32_t, std::int64_t>{{0, 15}, {1, 1}, {2, 1}});
}

TEST_CASE("a class keeps videos on both sides however large or small the share") {
  const double share = GENERATE(0.001, 0.99);
  const Split split = split_by_group(ucf_like(4, 2, 3), share, kDefaultGroupRegex, 0);
  REQUIRE(videos_per_class(split.validation).size() == 4);
  REQUIRE(videos_per_class(split.train).size() == 4);
}

TEST_CASE("a group of one's own regex spans classes") {
  Dataset dataset{{"a", "b"}, {}, 0};
  for (const char* person : {"ann", "bob", "cid", "dee"}) {
    dataset.videos.push_back({fmt::format("a/{}-1.avi", person), 0, 9});
    dataset.videos.push_back({fmt::format("b/{}-2.avi", person), 1, 9});
  }
  const Split split = split_by_group(dataset, 0.25, "^([a-z]+)-", 0);
  REQUIRE(split.validation.videos.size() == 2);
  const auto person = [](const Video& video) { return video.path.filename().string().substr(0, 3); };
  REQUIRE(person(split.validation.videos[0]) == person(split.validation.videos[1]));
}

TEST_CASE("entangled groups never leak and leave every class videos to train on") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Dataset dataset{{"a", "b", "c", "d"}, {}, 0};
    for (std::uint64_t i = 0; i < 30; ++i) {
      const PhiloxBlock random = philox(seed, i, 0);
      const auto label = static_cast<std::int32_t>(random.word[0] % 4);
      dataset.videos.push_back({fmt::format("v{}_g{:02}_.avi", i, random.word[1] % 9), label, 9});
    }
    const Split split = split_by_group(dataset, 0.3, kDefaultGroupRegex, seed);
    for (const std::string& group : groups(split.validation))
      REQUIRE_FALSE(groups(split.train).contains(group));
    REQUIRE(videos_per_class(split.train).size() == videos_per_class(dataset).size());
  }
}

TEST_CASE("a share of nothing leaves all videos in training") {
  const Split split = split_by_group(ucf_like(2, 3, 1), 0, kDefaultGroupRegex, 0);
  REQUIRE(split.validation.videos.empty());
  REQUIRE(split.train.videos.size() == 6);
}

TEST_CASE("an expression that would try all ways to match takes no longer than another") {
  Dataset dataset{{"a"}, {}, 0};
  for (int i = 0; i < 4; ++i) {
    dataset.videos.push_back({std::string(240, 'a') + std::to_string(i) + "!.avi", 0, 9});
  }
  const Split split = split_by_group(dataset, 0.25, "^((a|aa|a*)*)*$", 0);
  REQUIRE(split.train.videos.size() + split.validation.videos.size() == 4);
}

TEST_CASE("names are bytes for an expression") {
  Dataset dataset{{"a"}, {}, 0};
  for (const char* name : {"\xff_g01_1.avi", "\xfe_g01_2.avi", "\xc3\xa4_g02_1.avi", "b_g02_2.avi"}) {
    dataset.videos.push_back({name, 0, 9});
  }
  const Split split = split_by_group(dataset, 0.5, "^.{1,2}_(g[0-9]+)_", 0);
  REQUIRE(split.validation.videos.size() == 2);
  REQUIRE(groups(split.validation).size() == 1);
}

TEST_CASE("what the syntax of expressions lacks is named") {
  const Dataset dataset = ucf_like(2, 2, 2);
  for (const char* regex : {"(?=x)(g)", "(g)\\1"}) {
    REQUIRE_THROWS_WITH(split_by_group(dataset, 0.5, regex, 0),
                        Catch::Contains("not valid") && Catch::Contains("look-around and back-references"));
  }
}

TEST_CASE("splits that cannot be made say why") {
  const Dataset dataset = ucf_like(2, 1, 4);
  REQUIRE_THROWS_WITH(split_by_group(dataset, 0.2, kDefaultGroupRegex, 0), Catch::Contains("--val"));
  REQUIRE_THROWS_WITH(split_by_group(dataset, 1.0, kDefaultGroupRegex, 0), Catch::Contains("below 1"));
  REQUIRE_THROWS_WITH(split_by_group(dataset, 0.2, "_g[0-9]+_", 0), Catch::Contains("parentheses"));
  REQUIRE_THROWS_WITH(split_by_group(dataset, 0.2, "_(g[0-9+_", 0), Catch::Contains("not valid"));
}

}  // namespace
}  // namespace c3d
