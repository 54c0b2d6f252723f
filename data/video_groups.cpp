#include "data/video_groups.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "engine/core/error.h"
#include "engine/core/philox.h"

namespace c3d {
namespace {

// RE2 takes time linear in the name, whatever the expression. Names are bytes: they need not be UTF-8.
std::unique_ptr<RE2> compile(const std::string& group_regex) {
  RE2::Options options(RE2::Latin1);
  options.set_log_errors(false);
  auto regex = std::make_unique<RE2>(group_regex, options);
  if (!regex->ok()) {
    const bool other_grammar =
        regex->error_code() == RE2::ErrorBadPerlOp || regex->error_code() == RE2::ErrorBadEscape;
    fail("group regex '{}' is not valid: {}{}", group_regex, regex->error(),
         other_grammar ? " (RE2's syntax: look-around and back-references are not in it)" : "");
  }
  expect(regex->NumberOfCapturingGroups() >= 1,
         "group regex '{}' captures nothing: put the group's name in parentheses", group_regex);
  return regex;
}

// nullopt: the video is a group by itself.
std::optional<std::string> group_name(const RE2& regex, const Video& video) {
  const std::string name = video.path.filename().string();
  std::array<re2::StringPiece, 2> match;  // the whole, and the group's name
  const bool matches = regex.Match(name, 0, name.size(), RE2::UNANCHORED, match.data(), 2);
  if (!matches || match[1].data() == nullptr) return std::nullopt;
  return std::string(match[1]);
}

}  // namespace

void check_group_regex(const std::string& group_regex) { compile(group_regex); }

std::vector<const Video*> videos_outside(const Dataset& dataset, const std::string& group_regex) {
  const std::unique_ptr<RE2> regex = compile(group_regex);
  std::vector<const Video*> outside;
  for (const Video& video : dataset.videos) {
    if (!group_name(*regex, video)) outside.push_back(&video);
  }
  return outside;
}

std::vector<std::size_t> groups_of(const Dataset& dataset, const std::string& group_regex) {
  const std::unique_ptr<RE2> regex = compile(group_regex);
  std::map<std::string, std::size_t> numbers;
  std::vector<std::size_t> groups;
  groups.reserve(dataset.videos.size());
  std::size_t count = 0;
  for (const Video& video : dataset.videos) {
    if (const std::optional<std::string> group = group_name(*regex, video)) {
      const auto [entry, is_new] = numbers.emplace(*group, count);
      count += is_new ? 1 : 0;
      groups.push_back(entry->second);
    } else {
      groups.push_back(count++);
    }
  }
  return groups;
}

std::vector<std::int64_t> groups_per_class(const Dataset& dataset, const std::string& group_regex) {
  const std::vector<std::size_t> groups = groups_of(dataset, group_regex);
  std::set<std::pair<std::int32_t, std::size_t>> shown;
  std::vector<std::int64_t> counts(dataset.labels.size(), 0);
  for (std::size_t i = 0; i < groups.size(); ++i) {
    for (const std::int32_t label : classes_of(dataset, dataset.videos[i])) {
      if (shown.emplace(label, groups[i]).second) ++counts[static_cast<std::size_t>(label)];
    }
  }
  return counts;
}

std::vector<std::size_t> shuffled(std::size_t count, std::uint64_t key) {
  std::vector<std::pair<std::uint64_t, std::size_t>> keyed;
  keyed.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const PhiloxBlock random = philox(key, i, 0);
    keyed.emplace_back(std::uint64_t{random.word[0]} << 32 | random.word[1], i);
  }
  std::sort(keyed.begin(), keyed.end());
  std::vector<std::size_t> order;
  order.reserve(count);
  for (const auto& [value, index] : keyed) order.push_back(index);
  return order;
}

}  // namespace c3d
