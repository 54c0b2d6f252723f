#include "c3d/inference/result_file.h"

#include <fcntl.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "engine/core/error.h"
#include "engine/io/atomic_file.h"
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

// Nothing, or what begins as our lines do; a killed run may have left the start of one.
void expect_our_lines(const fs::path& path) {
  constexpr std::string_view kStart = "{\"file\"";
  std::ifstream in(path, std::ios::binary);
  std::string start(kStart.size(), '\0');
  in.read(start.data(), static_cast<std::streamsize>(start.size()));
  start.resize(static_cast<std::size_t>(in.gcount()));
  expect(kStart.starts_with(start),
         "{}: lines of --json would be kept in a file of this name, and this one holds something else: move "
         "it away",
         path);
}

}  // namespace

ResultFile::ResultFile(const fs::path& path) : path_(followed(path)), part_(path_) {
  if (!is_replaceable(path)) {
    path_ = part_ = path;
    file_ = File::stream_to(path);
    return;
  }
  open();
  file_.truncate(0);
}

ResultFile::ResultFile(const fs::path& path, const std::vector<Input>& videos, const Stale& stale)
    : path_(followed(path)), part_(path_), resumed_(true) {
  expect(is_replaceable(path), "{} keeps no lines that --resume could go on from: it is a pipe or a device",
         path);
  expect_our_lines(path_);
  open();
  keep_old_lines(videos, stale);
}

void ResultFile::open() {
  std::error_code error;
  expect(!fs::is_directory(path_, error), "cannot write {}: it is a folder", path_);
  part_.replace_filename(short_name("." + path_.filename().native(), ".part"));
  // What a link of this name leads to is no part of ours.
  file_ = File(part_, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW);
  expect(file_.is_regular(), "{}: lines of --json are kept in a file of this name: move it away", part_);
  expect_our_lines(part_);
}

void ResultFile::keep_old_lines(const std::vector<Input>& videos, const Stale& stale) {
  std::map<std::string, std::set<std::size_t>> waiting;  // a video may be named twice
  for (std::size_t i = 0; i < videos.size(); ++i) waiting[videos[i].name].insert(i);
  std::ifstream before(file_.size() > 0 ? part_ : path_, std::ios::binary);
  for (std::string text; std::getline(before, text);) {
    const Line line = parse_line(text);
    const auto named = waiting.find(line.file);
    if (named == waiting.end() && !line.file.empty()) other_lines_ += text + "\n";
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
  if (resumed_) kept_[video] = line;
}

void ResultFile::finish() {
  if (part_ == path_) return file_.close();
  if (resumed_) {
    write_file(part_, kept_text());
  } else {
    file_.sync();
  }
  file_.close();
  if (std::rename(part_.c_str(), path_.c_str()) != 0) fail_to_write(path_, errno);
  sync_folder_of(path_);
}

}  // namespace c3d
