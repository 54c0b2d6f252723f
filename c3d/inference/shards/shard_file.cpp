#include "c3d/inference/shards/shard_file.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

#include "c3d/common/machine.h"
#include "engine/core/error.h"
#include "engine/io/crc32c.h"
#include "engine/io/json.h"

namespace c3d {
namespace {

using nlohmann::ordered_json;

constexpr std::string_view kSumStart = ",\"crc32c\":\"", kSumEnd = "\"}";
constexpr std::size_t kSumDigits = 8;
constexpr std::size_t kTailBytes = kSumStart.size() + kSumDigits + kSumEnd.size() + 1;  // with the line end
constexpr std::size_t kBlockBytes = 1 << 20;

std::string sum_text(std::uint32_t sum) { return fmt::format("{}{:08x}{}", kSumStart, sum, kSumEnd); }

std::string bytes_at(const File& file, std::uint64_t at, std::uint64_t bytes) {
  std::string text(static_cast<std::size_t>(bytes), '\0');
  expect(file.read_at(at, std::as_writable_bytes(std::span(text))), "{}: it became shorter while it was read",
         file.path());
  return text;
}

Recipe recipe_at(const ordered_json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end()) return {};
  return parse_recipe(*found).value_or(Recipe());
}

}  // namespace

std::string shard_line(const ShardPlan& plan, const ShardRecipes& recipes, std::uint32_t sum) {
  ordered_json json;
  json["shard"] = to_string(plan.shard);
  json["division"] = to_string(plan.division);
  json["videos"] = plan.videos;
  json["list"] = plan.list;
  json["places"] = plan.places;
  json["made_by"] = recipe_json(recipes.labels);
  if (!recipes.features.empty()) json["features"] = recipe_json(recipes.features);
  if (!recipes.explanation.empty()) json["explanation"] = recipe_json(recipes.explanation);
  json["program"] = commit();
  std::string text = dump_json(json);
  text.pop_back();  // the closing brace
  return text + sum_text(crc32c_of_text(text, sum));
}

ShardFile::ShardFile(const std::filesystem::path& path) : path_(path), file_(path, O_RDONLY) {
  find_lines();
  const std::size_t last = starts_.size() - 2;
  take_last_line(bytes_at(file_, starts_[last], starts_[last + 1] - 1 - starts_[last]));
}

// Where they begin, and that the bytes have the sum that stands at their end.
void ShardFile::find_lines() {
  const std::uint64_t size = file_.size();
  const std::string tail = size < kTailBytes ? "" : bytes_at(file_, size - kTailBytes, kTailBytes);
  expect(tail.starts_with(kSumStart) && tail.ends_with("\"}\n"),
         "{}: it has no last line that says which shard it is: it was cut off, or is no file of a shard; run "
         "the shard again",
         path_);
  const std::uint64_t summed = size - kTailBytes;
  std::uint32_t sum = 0;
  starts_.push_back(0);
  for (std::uint64_t at = 0; at < size; at += kBlockBytes) {
    const std::string block = bytes_at(file_, at, std::min<std::uint64_t>(kBlockBytes, size - at));
    if (at < summed) sum = crc32c_of_text(std::string_view(block).substr(0, summed - at), sum);
    for (std::size_t end = block.find('\n'); end != std::string::npos; end = block.find('\n', end + 1)) {
      starts_.push_back(at + end + 1);
    }
  }
  expect(tail == sum_text(sum) + "\n", "{}: its bytes are not those that were written: run the shard again",
         path_);
}

void ShardFile::take_last_line(const std::string& text) {
  const ordered_json json = try_parse_ordered_json(text);
  expect(json.is_object() && json.contains("shard"), "{}: its last line does not say which shard it is",
         path_);
  try {
    plan_.shard = parse_shard(json.at("shard").get<std::string>());
    plan_.division = json.at("division") == to_string(Division::path) ? Division::path : Division::length;
    plan_.videos = json.at("videos").get<std::size_t>();
    plan_.list = json.at("list").get<std::string>();
    plan_.places = json.at("places").get<std::vector<std::size_t>>();
    recipes_ = {recipe_at(json, "made_by"), recipe_at(json, "features"), recipe_at(json, "explanation")};
  } catch (const ordered_json::exception& error) {
    fail("{}: its last line is none of this version's: {}", path_, error.what());
  }
  expect(starts_.size() == plan_.places.size() + 2, "{}: it has {} lines in place of {}", path_,
         starts_.size() - 1, plan_.places.size() + 1);
}

std::string ShardFile::line(std::size_t n) const {
  return bytes_at(file_, starts_.at(n), starts_.at(n + 1) - 1 - starts_.at(n));
}

}  // namespace c3d
