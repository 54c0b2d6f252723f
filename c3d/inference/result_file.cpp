#include "c3d/inference/result_file.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

#include "engine/core/error.h"
#include "engine/io/atomic_file.h"
#include "engine/io/crc32c.h"
#include "engine/io/file_names.h"
#include "engine/io/json.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

struct Line {
  std::string file;  // empty: none, or the line was cut off
  bool ok = false;
  std::optional<Origin> origin;  // nullopt: it does not say
};

Line parse_line(const std::string& text) {
  const auto json = try_parse_ordered_json(text);
  if (!json.is_object()) return {};
  Line line{get_name(json, "file"), json.value("status", nlohmann::ordered_json()) == "ok", std::nullopt};
  const auto made_by = json.find("made_by"), source = json.find("source");
  if (made_by == json.end() || source == json.end()) return line;
  auto recipe = parse_recipe(*made_by);
  auto facts = parse_source(*source);
  if (!recipe || !facts) return line;
  facts->file = line.file;
  line.origin = Origin{std::move(*recipe), std::move(*facts)};
  return line;
}

// Nothing, or what begins as our lines do; a killed run may have left the start of one. A shard without videos
// has only the line that says so.
void expect_our_lines(const fs::path& path) {
  constexpr std::array<std::string_view, 2> kStarts = {"{\"file\"", "{\"shard\""};
  std::ifstream in(path, std::ios::binary);
  std::string start(kStarts.back().size(), '\0');
  in.read(start.data(), static_cast<std::streamsize>(start.size()));
  start.resize(static_cast<std::size_t>(in.gcount()));
  const bool is_ours = std::ranges::any_of(
      kStarts, [&](std::string_view ours) { return ours.starts_with(start.substr(0, ours.size())); });
  expect(is_ours,
         "{}: lines of --json would be kept in a file of this name, and this one holds something else: move "
         "it away",
         path);
}

}  // namespace

fs::path unfinished_lines(const fs::path& path) {
  const fs::path real = followed(path);
  return real.parent_path() / short_name("." + real.filename().native(), ".part");
}

ResultFile::ResultFile(const fs::path& path) : path_(followed(path)), part_(path_) {
  if (!is_replaceable(path)) {
    path_ = part_ = path;
    file_ = File::stream_to(path);
    return;
  }
  open();
  file_.truncate(0);
}

ResultFile::ResultFile(const fs::path& path, const std::vector<Input>& videos, const Stale& stale,
                       OtherLines others)
    : path_(followed(path)), part_(path_), resumed_(true) {
  expect(is_replaceable(path), "{} keeps no lines that --resume could go on from: it is a pipe or a device",
         path);
  expect_our_lines(path_);
  open();
  keep_old_lines(videos, stale, others);
}

void ResultFile::open() {
  std::error_code error;
  expect(!fs::is_directory(path_, error), "cannot write {}: it is a folder", path_);
  part_ = unfinished_lines(path_);
  // What a link of this name leads to is no part of ours.
  file_ = File(part_, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW);
  expect(file_.is_regular(), "{}: lines of --json are kept in a file of this name: move it away", part_);
  expect_our_lines(part_);
}

void ResultFile::keep_old_lines(const std::vector<Input>& videos, const Stale& stale, OtherLines others) {
  std::map<std::string, std::set<std::size_t>> waiting;  // a video may be named twice
  for (std::size_t i = 0; i < videos.size(); ++i) waiting[videos[i].name].insert(i);
  std::ifstream before(file_.size() > 0 ? part_ : path_, std::ios::binary);
  for (std::string text; std::getline(before, text);) {
    const Line line = parse_line(text);
    const auto named = waiting.find(line.file);
    const bool is_other = named == waiting.end() && !line.file.empty();
    if (is_other && others == OtherLines::keep) other_lines_ += text + "\n";
    if (named == waiting.end() || named->second.empty() || !line.ok) continue;
    const std::size_t video = *named->second.begin();
    named->second.erase(named->second.begin());
    if (!stale(video, line.origin)) kept_.emplace(video, text);
  }
  write_file(part_, kept_text());
  file_ = File(part_, O_WRONLY | O_APPEND | O_NOFOLLOW);
}

std::string ResultFile::kept_text() const {
  std::string text = other_lines_;
  for (const auto& [video, line] : kept_) text += line + "\n";
  return text;
}

void ResultFile::add(std::size_t video, const std::string& line) {
  file_.write(line + "\n");
  if (resumed_) {
    kept_[video] = line;
  } else {
    sum_ = crc32c_of_text(line + "\n", sum_);
  }
}

void ResultFile::finish() {
  if (part_ == path_) return file_.close();
  if (resumed_) {
    write_file(part_, kept_text());
  } else {
    file_.sync();
  }
  rename();
}

void ResultFile::finish(const std::function<std::string(std::uint32_t)>& last_line) {
  if (resumed_) {
    const std::string text = kept_text();
    write_file(part_, text + last_line(crc32c_of_text(text)) + "\n");
  } else {
    file_.write(last_line(sum_) + "\n");
    file_.sync();
  }
  rename();
}

void ResultFile::rename() {
  file_.close();
  if (std::rename(part_.c_str(), path_.c_str()) != 0) fail_to_write(path_, errno);
  sync_folder_of(path_);
}

}  // namespace c3d
