#include "c3d/inference/shards/shard.h"

#include <fmt/format.h>

#include "engine/core/error.h"
#include "engine/core/text.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kOf = "-of-";

// As shard_mark() writes numbers: without zeros in front.
std::optional<int> plain_number(std::string_view text) {
  const auto number = whole_number(text);
  if (!number || *number < 0 || *number > kMostShards || text != fmt::format("{}", *number)) return {};
  return static_cast<int>(*number);
}

// "2-of-6"
std::optional<Shard> shard_of_mark(std::string_view mark) {
  const std::size_t of = mark.find(kOf);
  if (of == std::string_view::npos) return std::nullopt;
  const auto index = plain_number(mark.substr(0, of)), count = plain_number(mark.substr(of + kOf.size()));
  if (!index || !count || *index >= *count) return std::nullopt;
  return Shard{*index, *count};
}

}  // namespace

Shard parse_shard(const std::string& text) {
  const std::size_t slash = text.find('/');
  std::optional<std::int64_t> index, count;
  if (slash != std::string::npos) {
    index = whole_number(std::string_view(text).substr(0, slash));
    count = whole_number(std::string_view(text).substr(slash + 1));
  }
  expect(index && count && *index >= 0,
         "'{}' is no shard: it is INDEX/COUNT, 0/6 for the first of six, 5/6 for the last", text);
  expect(*count >= 1 && *count <= kMostShards, "'{}': there can be 1 to {} shards", text, kMostShards);
  expect(*index < *count, "'{}': shards count from 0, so that the last of {} is {}/{}", text, *count,
         *count - 1, *count);
  return {static_cast<int>(*index), static_cast<int>(*count)};
}

std::string to_string(Division division) { return division == Division::path ? "path" : "length"; }

std::string to_string(const Shard& shard) { return fmt::format("{}/{}", shard.index, shard.count); }

std::string shard_mark(const Shard& shard) { return fmt::format("{}{}{}", shard.index, kOf, shard.count); }

fs::path shard_path(const fs::path& whole, const Shard& shard) {
  const fs::path name =
      fmt::format("{}.{}{}", whole.stem().native(), shard_mark(shard), whole.extension().native());
  return whole.parent_path() / name;
}

std::optional<Shard> shard_of_name(std::string_view name, const fs::path& whole) {
  const std::string start = whole.stem().native() + ".", end = whole.extension().native();
  if (name.size() <= start.size() + end.size() || !name.starts_with(start) || !name.ends_with(end)) return {};
  name.remove_prefix(start.size());
  name.remove_suffix(end.size());
  return shard_of_mark(name);
}

std::string whole_name(const std::string& name) {
  const fs::path path(name);
  const std::string end = path.has_extension() ? path.extension().native() : "";
  // Of part.2-of-6 the mark is what the library takes for the extension.
  for (const std::string& extension : {end, std::string()}) {
    const std::string stem = name.substr(0, name.size() - extension.size());
    const std::size_t dot = stem.rfind('.');
    if (dot == std::string::npos || dot == 0 || !shard_of_mark(std::string_view(stem).substr(dot + 1)))
      continue;
    return stem.substr(0, dot) + extension;
  }
  return "";
}

}  // namespace c3d
