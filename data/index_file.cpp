#include "data/index_file.h"

#include <fcntl.h>

#include <span>
#include <utility>

#include "data/read_limits.h"
#include "engine/core/error.h"
#include "engine/io/atomic_file.h"
#include "engine/io/crc32c.h"
#include "engine/io/file.h"
#include "engine/io/json.h"
#include "engine/io/json_text.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::int64_t kFormat = 2;
constexpr std::uint64_t kMostIndexBytes = std::uint64_t{1} << 30;  // a million videos
constexpr std::int64_t kMostFrames = std::int64_t{1} << 31;        // of a video: two years

std::uint32_t sum_of(const std::string& name, const IndexEntry& entry) {
  std::string text = fmt::format("{}\n{}\n{}\n{}\n", name, entry.state, entry.frames, entry.error);
  for (const std::string& warning : entry.warnings) text += warning + "\n";
  text += entry.signature;
  if (!entry.look.empty()) text += "\n" + entry.look;
  return crc32c_of_text(text);
}

bool is_sound(const std::string& name, const IndexEntry& entry, std::int64_t sum) {
  const bool counted =
      entry.error.empty() ? entry.frames >= 1 && entry.frames <= kMostFrames : entry.frames == 0;
  return counted && sum == std::int64_t{sum_of(name, entry)};
}

// Takes the entries as they come, and stops at the first thing that no index holds: neither depth nor numbers
// of a file that lies cost memory.
class IndexReader : public nlohmann::json_sax<Json> {
 public:
  IndexEntries take() { return std::exchange(entries_, {}); }
  bool is_index() const { return format_ == kFormat; }

  bool null() override { return false; }
  bool boolean(bool /*value*/) override { return false; }
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override { return false; }
  bool binary(binary_t& /*value*/) override { return false; }
  bool number_unsigned(number_unsigned_t value) override {
    return value <= static_cast<std::uint64_t>(INT64_MAX) && number_integer(static_cast<std::int64_t>(value));
  }
  bool number_integer(number_integer_t value) override {
    std::int64_t* place = depth_ == 1 && key_ == "format"   ? &format_
                          : depth_ == 3 && key_ == "frames" ? &entry_.frames
                          : depth_ == 3 && key_ == "sum"    ? &sum_
                                                            : nullptr;
    if (place == nullptr) return false;
    *place = value;
    return true;
  }
  bool string(string_t& value) override {
    if (depth_ == 4) {
      if (entry_.warnings.size() < kMostWarnings) entry_.warnings.push_back(std::move(value));
      return true;  // where there were more, the sum is another
    }
    std::string* place = depth_ == 3 && key_ == "state"       ? &entry_.state
                         : depth_ == 3 && key_ == "error"     ? &entry_.error
                         : depth_ == 3 && key_ == "signature" ? &entry_.signature
                         : depth_ == 3 && key_ == "look"      ? &entry_.look
                                                              : nullptr;
    if (place == nullptr) return false;
    *place = std::move(value);
    return true;
  }
  bool key(string_t& value) override {
    key_ = std::move(value);
    if (depth_ == 2) name_ = name_of_json(key_);
    return true;
  }
  bool start_object(std::size_t /*elements*/) override {
    if (depth_ == 1 && key_ != "videos") return false;
    entry_ = {};
    sum_ = -1;
    return ++depth_ <= 3;
  }
  bool end_object() override {
    if (depth_-- == 3 && is_sound(name_, entry_, sum_)) entries_[name_] = std::move(entry_);
    return true;
  }
  bool start_array(std::size_t /*elements*/) override { return depth_++ == 3 && key_ == "warnings"; }
  bool end_array() override { return depth_-- == 4; }
  bool parse_error(std::size_t /*place*/, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    return false;
  }

 private:
  int depth_ = 0;  // 1: the file's object, 2: the videos, 3: one of them, 4: its warnings
  std::string key_, name_;
  IndexEntry entry_;
  IndexEntries entries_;
  std::int64_t format_ = 0, sum_ = -1;
};

bool is_file(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

// What is no file goes, but a folder that holds something is somebody's: it gets another name.
void make_way(const fs::path& file) {
  std::error_code error;
  if (fs::remove(file, error)) return;
  fs::path other = fs::path(file) += ".old";
  for (int number = 2; fs::exists(fs::symlink_status(other, error)); ++number) {
    other = fs::path(file) += fmt::format(".old{}", number);
  }
  fs::rename(file, other, error);
}

std::string text_of(const IndexEntries& entries) {
  std::string text = fmt::format("{{\"format\": {}, \"videos\": {{", kFormat);
  const char* separator = "\n";
  for (const auto& [name, entry] : entries) {
    Json video = {{"state", entry.state}, {"frames", entry.frames}, {"sum", sum_of(name, entry)}};
    if (!entry.error.empty()) video["error"] = entry.error;
    if (!entry.warnings.empty()) video["warnings"] = entry.warnings;
    if (!entry.signature.empty()) video["signature"] = entry.signature;
    if (!entry.look.empty()) video["look"] = entry.look;
    text += fmt::format("{}{}: {}", separator, dump_json(Json(json_name(name))), dump_json(video));
    separator = ",\n";
  }
  return text + "\n}}\n";
}

}  // namespace

IndexEntries read_index(const fs::path& path) {
  try {
    if (!is_file(path)) return {};  // a pipe must not be waited for
    const File file(path, O_RDONLY | O_NONBLOCK);
    const std::uint64_t bytes = file.size();
    if (bytes > kMostIndexBytes) return {};
    std::string text(static_cast<std::size_t>(bytes), '\0');
    if (!file.read_at(0, std::as_writable_bytes(std::span(text)))) return {};
    IndexReader reader;
    if (Json::sax_parse(text, &reader) && reader.is_index()) return reader.take();
  } catch (const Error&) {  // what cannot be read is found out again
  }
  return {};
}

bool add_to_index(const fs::path& file, const IndexEntries& entries, Patience patience) {
  CacheLock lock(fs::path(file) += ".lock");
  if (!lock.own(patience)) return false;
  std::error_code error;
  if (fs::exists(file, error) && !is_file(file)) make_way(file);
  IndexEntries all = read_index(file);
  for (const auto& [name, entry] : entries) all[name] = entry;
  write_file(file, text_of(all));
  return true;
}

}  // namespace c3d
