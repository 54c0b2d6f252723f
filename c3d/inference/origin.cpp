#include "c3d/inference/origin.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <system_error>

#include "engine/core/printable.h"
#include "engine/io/json_text.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr std::size_t kShownValue = 100;  // bytes of a value in a message

void add_file(const fs::path& path, Source& source) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0 || !(S_ISREG(facts.st_mode) || S_ISDIR(facts.st_mode))) return;
  if (S_ISREG(facts.st_mode)) source.bytes += static_cast<std::uint64_t>(facts.st_size);
  const auto modified = std::int64_t{facts.st_mtim.tv_sec} * 1'000'000'000 + facts.st_mtim.tv_nsec;
  source.modified = std::max(source.modified, modified);
}

const std::string* value_of(const Recipe& recipe, const std::string& name) {
  const auto found = std::ranges::find(recipe, name, &Recipe::value_type::first);
  return found == recipe.end() ? nullptr : &found->second;
}

std::string shown_value(const std::string* value) {
  if (value == nullptr) return "unknown";
  return printable(value->size() <= kShownValue ? *value : value->substr(0, kShownValue) + "...");
}

}  // namespace

Source source_of(const Input& input) {
  Source source;
  source.file = input.name;
  if (input.is_standard_input()) return source;
  std::error_code error;
  source.path = fs::absolute(input.path, error).lexically_normal().native();
  add_files(input.path, source);
  return source;
}

void add_files(const fs::path& path, Source& source) {
  add_file(path, source);
  std::error_code error;
  if (!fs::is_directory(path, error)) return;
  for (fs::directory_iterator entry(path, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    add_file(entry->path(), source);
  }
}

std::string difference(const Origin& before, const Origin& now) {
  std::vector<std::string> differing;
  for (const auto& [name, value] : now.recipe) {
    const std::string* const old = value_of(before.recipe, name);
    if (old != nullptr && *old == value) continue;
    differing.push_back(fmt::format("{} {}, now {}", name, shown_value(old), shown_value(&value)));
  }
  for (const auto& [name, value] : before.recipe) {
    if (value_of(now.recipe, name) == nullptr) {
      differing.push_back(fmt::format("{} {}, now none", printable(name), shown_value(&value)));
    }
  }
  if (!differing.empty()) return fmt::format("other settings ({})", fmt::join(differing, "; "));
  const Source &was = before.source, &is = now.source;
  if (was.path != is.path) return "another video: " + printable(was.path);
  const bool same = is.modified >= 0 && was.modified == is.modified && was.bytes == is.bytes;
  return same ? "" : "the video has changed since";
}

ordered_json recipe_json(const Recipe& recipe) {
  ordered_json object = ordered_json::object();
  for (const auto& [name, value] : recipe) object[name] = value;
  return object;
}

ordered_json source_json(const Source& source) {
  ordered_json object;
  object["path"] = json_name(source.path);
  object["bytes"] = source.bytes;
  object["modified"] = source.modified;
  return object;
}

std::optional<Recipe> parse_recipe(const ordered_json& json) {
  if (!json.is_object()) return std::nullopt;
  Recipe recipe;
  for (const auto& [name, value] : json.items()) {
    if (!value.is_string()) return std::nullopt;
    recipe.emplace_back(name, value.get<std::string>());
  }
  return recipe;
}

std::optional<Source> parse_source(const ordered_json& json) {
  if (!json.is_object()) return std::nullopt;
  const auto bytes = json.find("bytes"), modified = json.find("modified");
  if (bytes == json.end() || modified == json.end()) return std::nullopt;
  if (!bytes->is_number_unsigned() || !modified->is_number_integer()) return std::nullopt;
  Source source;
  source.path = get_name(json, "path");
  source.bytes = bytes->get<std::uint64_t>();
  source.modified = modified->get<std::int64_t>();
  return source;
}

std::string get_name(const ordered_json& object, const std::string& field) {
  const auto name = object.find(field);
  return name != object.end() && name->is_string() ? name_of_json(name->get<std::string>()) : "";
}

}  // namespace c3d
