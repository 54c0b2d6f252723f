#include "tools/c3d_infer/result_file.h"

#include <fcntl.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "engine/core/error.h"
#include "engine/io/atomic_file.h"
#include "engine/io/file_names.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

struct Line {
  std::string file;              // the video that it says "ok" of; empty: none, or the line was cut off
  std::optional<Origin> origin;  // nullopt: it does not say
};

Line parse_line(const std::string& text) {
  const auto json = nlohmann::ordered_json::parse(text, nullptr, false);
  if (!json.is_object() || json.value("status", nlohmann::ordered_json()) != "ok") return {};
  Line line{get_name(json, "file"), std::nullopt};
  const auto made_by = json.find("made_by"), source = json.find("source");
  if (made_by == json.end() || source == json.end()) return line;
  auto recipe = parse_recipe(*made_by);
  auto facts = parse_source(*source);
  if (!recipe || !facts) return line;
  facts->file = line.file;
  line.origin = Origin{std::move(*recipe), std::move(*facts)};
  return line;
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
  open();
  keep_old_lines(videos, stale);
}

void ResultFile::open() {
  std::error_code error;
  expect(!fs::is_directory(path_, error), "cannot write {}: it is a folder", path_);
  part_.replace_filename(short_name(path_.filename().native(), ".part"));
  // What a link of this name leads to is no part of ours.
  file_ = File(part_, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW);
}

void ResultFile::keep_old_lines(const std::vector<Input>& videos, const Stale& stale) {
  std::map<std::string, std::set<std::size_t>> waiting;  // a video may be named twice
  for (std::size_t i = 0; i < videos.size(); ++i) waiting[videos[i].name].insert(i);
  std::ifstream before(file_.size() > 0 ? part_ : path_, std::ios::binary);
  for (std::string text; std::getline(before, text);) {
    const Line line = parse_line(text);
    const auto named = waiting.find(line.file);
    if (named == waiting.end() && !line.file.empty()) other_lines_ += text + "\n";
    if (named == waiting.end() || named->second.empty()) continue;
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
