#include "c3d/inference/output_records.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "c3d/common/json_line.h"
#include "c3d/common/machine.h"
#include "c3d/inference/shards/shard.h"
#include "engine/core/error.h"
#include "engine/core/fingerprint.h"
#include "engine/io/atomic_file.h"
#include "engine/io/file_names.h"
#include "engine/io/json.h"
#include "engine/io/json_text.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr const char *kName = ".c3d_infer.jsonl", *kRecipeFile = "recipe_file";
constexpr const char *kStem = ".c3d_infer", *kRecordsExtension = ".jsonl";  // of kName

// Those of a folder that runs over other shards of its videos, or over all of them, keep.
std::vector<fs::path> other_records(const fs::path& own, bool is_folder) {
  std::vector<fs::path> others;
  if (!is_folder) return others;
  std::error_code error;
  for (fs::directory_iterator entry(own.parent_path(), error), end; !error && entry != end;
       entry.increment(error)) {
    const fs::path& path = entry->path();
    const std::string name = path.filename().native();
    const bool is_records = name == kName || shard_of_name(name, kName);
    std::error_code unknown;
    if (is_records && path.filename() != own.filename() && fs::is_regular_file(path, unknown)) {
      others.push_back(path);
    }
  }
  std::ranges::sort(others);
  return others;
}

std::string fingerprint_of(const Recipe& recipe, const std::string& recipe_file) {
  Fingerprint fingerprint;
  if (!recipe_file.empty()) fingerprint.add_line(recipe_file);
  for (const auto& [name, value] : recipe) {
    fingerprint.add_line(name);
    fingerprint.add_line(value);
  }
  return fingerprint.text();
}

// What a killed run may have left of a line, too.
bool may_be_ours(const std::string& line) {
  constexpr std::array<std::string_view, 2> kStarts = {"{\"recipe\"", "{\"output"};
  return std::ranges::any_of(kStarts, [&](std::string_view start) {
    return std::string_view(line).substr(0, start.size()) == start.substr(0, line.size());
  });
}

}  // namespace

OutputRecords::OutputRecords(const fs::path& target, bool is_folder, const std::string& shard) {
  path_ = records_file(target, is_folder, shard);
  call_folder(is_folder ? target : path_.parent_path());
  read_own();
  for (const fs::path& other : other_records(path_, is_folder)) {
    std::ifstream in(other, std::ios::binary);
    for (std::string line; std::getline(in, line);) read_line(line, elsewhere_);
  }
}

void OutputRecords::read_own() {
  std::error_code error;
  const fs::file_status status = fs::symlink_status(path_, error);
  if (!fs::exists(status)) return;
  expect(fs::is_regular_file(status),
         "{}: what made the outputs is kept in a file of this name: move it away", path_);
  std::ifstream in(path_, std::ios::binary);
  bool is_empty = true, is_ours = false;
  for (std::string line; std::getline(in, line);) {
    is_empty = false;
    is_ours = is_ours || may_be_ours(line);
    read_line(line, records_);
  }
  expect(
      is_empty || is_ours,
      "{}: what made the outputs is kept in a file of this name, and this one holds something else: move it "
      "away",
      path_);
}

fs::path records_file(const fs::path& target, bool is_folder, const std::string& shard) {
  const std::string name = shard.empty() ? kName : fmt::format("{}.{}{}", kStem, shard, kRecordsExtension);
  if (is_folder) return (followed(target) / name).lexically_normal();
  const fs::path real = followed(target);
  return real.parent_path() / short_name("." + real.filename().native(), name);
}

bool has_records(const fs::path& target, bool is_folder) {
  const fs::path own = records_file(target, is_folder);
  std::error_code unknown;
  return fs::exists(own, unknown) || !other_records(own, is_folder).empty();
}

OutputRecords::Record OutputRecords::record_of(const fs::path& output, const std::string& recipe,
                                               const Source& source) {
  Source state;
  add_files(output, state);
  return {recipe, source, state.bytes, state.modified};
}

void OutputRecords::read_line(const std::string& line, Records& records) {
  const auto json = try_parse_ordered_json(line);
  if (!json.is_object()) return;
  const auto id = json.find("recipe");
  if (id == json.end() || !id->is_string()) return;
  if (const auto of = json.find("of"); of != json.end()) {
    const auto file = json.find(kRecipeFile);
    const std::string text = file != json.end() && file->is_object() ? dump_json(*file) : "";
    if (auto recipe = parse_recipe(*of)) recipes_[id->get<std::string>()] = {std::move(*recipe), text};
    return;
  }
  const std::string output = get_name(json, "output");
  const auto source_json = json.find("source"), bytes = json.find("bytes"), modified = json.find("modified");
  if (output.empty() || source_json == json.end() || bytes == json.end() || !bytes->is_number_unsigned() ||
      modified == json.end() || !modified->is_number_integer()) {
    return;
  }
  std::optional<Source> source = parse_source(*source_json);
  if (!source) return;
  source->file = get_name(json, "file");
  const Record record{id->get<std::string>(), std::move(*source), bytes->get<std::uint64_t>(),
                      modified->get<std::int64_t>()};
  if (&records == &records_) records.erase(output);
  records.emplace(output, record);
}

std::string OutputRecords::name_of(const fs::path& output) const {
  for (const fs::path& folder : folders_) {
    const fs::path below = output.lexically_relative(folder);
    if (!below.empty() && *below.begin() != "..") return below.native();
  }
  return output.filename().native();
}

std::vector<const OutputRecords::Record*> OutputRecords::records_of(const fs::path& output) const {
  std::vector<const Record*> found;
  for (const Records* records : {&records_, &elsewhere_}) {
    const auto [first, end] = records->equal_range(name_of(output));
    for (auto record = first; record != end; ++record) {
      if (recipes_.contains(record->second.recipe)) found.push_back(&record->second);
    }
  }
  return found;
}

std::string OutputRecords::complaint(const fs::path& output, const Origin& now) const {
  std::optional<std::string> first_why;
  for (const Record* record : records_of(output)) {
    std::string why = difference({recipes_.at(record->recipe).recipe, record->source}, now);
    if (why.empty() && !is_of(*record, output)) why = "the output has changed since";
    if (why.empty()) return why;
    if (!first_why) first_why = std::move(why);
  }
  return first_why.value_or("nothing says how it was made, as of an earlier version's");
}

bool OutputRecords::is_of(const Record& record, const fs::path& output) {
  const Record is = record_of(output, {}, {});
  return is.bytes == record.bytes && is.modified == record.modified;
}

std::string OutputRecords::recipe_file(const fs::path& output) const {
  const std::vector<const Record*> records = records_of(output);
  if (records.empty()) return "";
  const auto right =
      std::ranges::find_if(records, [&](const Record* record) { return is_of(*record, output); });
  return recipes_.at((right == records.end() ? records.front() : *right)->recipe).recipe_file;
}

std::string OutputRecords::recipe_file_of_all() const {
  std::set<std::string> said;
  for (const Records* records : {&records_, &elsewhere_}) {
    for (const auto& [name, record] : *records) {
      const auto how = recipes_.find(record.recipe);
      if (how != recipes_.end() && !how->second.recipe_file.empty()) said.insert(how->second.recipe_file);
    }
  }
  expect(said.size() <= 1, "the outputs in this folder were made in different ways: name one of them");
  return said.empty() ? "" : *said.begin();
}

std::string OutputRecords::line_of(const std::string& id, const How& how) {
  ordered_json line;
  line["recipe"] = id;
  line["of"] = recipe_json(how.recipe);
  if (!how.recipe_file.empty()) line[kRecipeFile] = parse_ordered_json(how.recipe_file);
  line["program"] = commit();
  return json_line(line);
}

std::string OutputRecords::line_of(const std::string& name, const Record& record) {
  ordered_json line;
  line["output"] = json_name(name);
  line["bytes"] = record.bytes;
  line["modified"] = record.modified;
  line["recipe"] = record.recipe;
  line["file"] = json_name(record.source.file);
  line["source"] = source_json(record.source);
  return json_line(line);
}

void OutputRecords::forget(const std::vector<fs::path>& outputs) {
  for (const fs::path& output : outputs) records_.erase(name_of(output));
  written_recipes_.clear();
  AtomicFile file(path_);
  for (const auto& [name, record] : records_) {
    const auto recipe = recipes_.find(record.recipe);
    if (recipe == recipes_.end()) continue;
    if (written_recipes_.insert(record.recipe).second) file.write(line_of(recipe->first, recipe->second));
    file.write(line_of(name, record));
  }
  file.commit();
  file_ = File(path_, O_WRONLY | O_APPEND);
}

void OutputRecords::add(const fs::path& output, const Origin& origin) {
  const std::string id = fingerprint_of(origin.recipe, origin.recipe_file);
  std::string text;
  if (written_recipes_.insert(id).second) text = line_of(id, {origin.recipe, origin.recipe_file});
  file_.write(text + line_of(name_of(output), record_of(output, id, origin.source)));
}

}  // namespace c3d
