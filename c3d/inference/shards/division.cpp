#include "c3d/inference/shards/division.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <queue>
#include <tuple>
#include <utility>

#include "data/video_length.h"
#include "engine/core/parallel_items.h"

namespace c3d {
namespace {

constexpr int kLengthReaders = 8;  // they wait for disks more than they compute

std::uint64_t mixed(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

std::string plain_path(const std::string& path) {
  return std::filesystem::path(path).lexically_normal().native();
}

double mean_of_known(std::span<const double> seconds) {
  const auto known = std::ranges::count_if(seconds, [](double length) { return length > 0; });
  if (known == 0) return 1;
  return std::accumulate(seconds.begin(), seconds.end(), 0.0) / static_cast<double>(known);
}

std::vector<double> lengths_of(const std::vector<Input>& videos,
                               const std::function<void(std::int64_t, std::int64_t)>& progress) {
  std::vector<double> seconds(videos.size());
  const auto look = [&](std::int64_t number) {
    const auto place = static_cast<std::size_t>(number);
    if (videos[place].error.empty()) seconds[place] = announced_seconds(videos[place].path);
  };
  for_each_item(static_cast<std::int64_t>(videos.size()), kLengthReaders, look, progress);
  return seconds;
}

}  // namespace

int shard_of_path(const std::string& path, int count) {
  Fingerprint fingerprint;
  fingerprint.add(plain_path(path));
  return static_cast<int>(mixed(fingerprint.value()) % static_cast<std::uint64_t>(count));
}

std::vector<int> divide_by_length(const std::vector<Input>& videos, std::span<const double> seconds,
                                  int count) {
  const double unknown = mean_of_known(seconds);
  std::map<std::string, double> lengths;  // what a list names twice is done twice
  for (std::size_t i = 0; i < videos.size(); ++i) {
    lengths[plain_path(videos[i].name)] += seconds[i] > 0 ? seconds[i] : unknown;
  }
  std::vector<std::pair<double, std::string>> longest_first;
  longest_first.reserve(lengths.size());
  for (const auto& [name, length] : lengths) longest_first.emplace_back(-length, name);
  std::ranges::sort(longest_first);
  using Load = std::pair<double, int>;
  std::priority_queue<Load, std::vector<Load>, std::greater<>> least_first;
  for (int shard = 0; shard < count; ++shard) least_first.emplace(0.0, shard);
  std::map<std::string, int> shards;
  for (const auto& [negative, name] : longest_first) {
    const auto [load, shard] = least_first.top();
    least_first.pop();
    least_first.emplace(load - negative, shard);
    shards.emplace(name, shard);
  }
  std::vector<int> result;
  result.reserve(videos.size());
  for (const Input& video : videos) result.push_back(shards.at(plain_path(video.name)));
  return result;
}

ShardPlan plan_shard(const Inputs& inputs, const Shard& shard, Division division,
                     const std::function<void(std::int64_t, std::int64_t)>& progress) {
  ShardPlan plan{
      .shard = shard, .division = division, .videos = inputs.videos.size(), .list = {}, .places = {}};
  std::vector<int> shards;
  if (division == Division::length) {
    shards = divide_by_length(inputs.videos, lengths_of(inputs.videos, progress), shard.count);
  } else {
    shards.reserve(inputs.videos.size());
    for (const Input& input : inputs.videos) shards.push_back(shard_of_path(input.name, shard.count));
  }
  NameList list;
  for (std::size_t i = 0; i < shards.size(); ++i) {
    list.add(inputs.videos[i].name);
    if (shards[i] == shard.index) plan.places.push_back(i);
  }
  plan.list = list.text();
  return plan;
}

}  // namespace c3d
