#include "tools/c3d_infer/result_file.h"

#include <cerrno>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <system_error>
#include <utility>

#include "engine/core/error.h"
#include "engine/io/atomic_file.h"

namespace c3d {
namespace {

// The video that a line says "ok" of; empty: none, or the line was cut off.
std::string finished_video(const std::string& line) {
  const auto json = nlohmann::json::parse(line, nullptr, false);
  if (!json.is_object() || !json.contains("file") || !json["file"].is_string()) return "";
  return json.value("status", nlohmann::json()) == "ok" ? json["file"].get<std::string>() : "";
}

}  // namespace

ResultFile::ResultFile(std::filesystem::path path) : path_(std::move(path)), part_(path_) {
  part_ += ".part";
  open("wb");
}

ResultFile::ResultFile(std::filesystem::path path, const std::vector<std::string>& videos,
                       const Finished& finished)
    : path_(std::move(path)), part_(path_), resumed_(true) {
  part_ += ".part";
  std::map<std::string, std::set<std::size_t>> waiting;  // a video may be named twice
  for (std::size_t i = 0; i < videos.size(); ++i) waiting[videos[i]].insert(i);
  std::ifstream before(std::filesystem::exists(part_) ? part_ : path_);
  for (std::string line; std::getline(before, line);) {
    const auto named = waiting.find(finished_video(line));
    if (named == waiting.end() || named->second.empty()) continue;
    const std::size_t video = *named->second.begin();
    named->second.erase(named->second.begin());
    if (finished(video)) kept_.emplace(video, line);
  }
  std::string text;
  for (const auto& [video, line] : kept_) text += line + "\n";
  write_file(part_, text);
  open("ab");
}

void ResultFile::open(const char* mode) {
  file_.reset(std::fopen(part_.c_str(), mode));  // NOLINT(cppcoreguidelines-owning-memory): file_ owns it
  expect(file_ != nullptr, "{}: cannot be written: {}", part_.string(),
         std::generic_category().message(errno));
}

void ResultFile::add(std::size_t video, const std::string& line) {
  const std::string text = line + "\n";
  expect(
      std::fwrite(text.data(), 1, text.size(), file_.get()) == text.size() && std::fflush(file_.get()) == 0,
      "{}: cannot be written: {}", part_.string(), std::generic_category().message(errno));
  if (resumed_) kept_[video] = line;
}

void ResultFile::finish() {
  file_.reset();
  if (resumed_) {
    std::string text;
    for (const auto& [video, line] : kept_) text += line + "\n";
    write_file(part_, text);
  }
  std::error_code error;
  std::filesystem::rename(part_, path_, error);
  expect(!error, "{}: cannot be renamed to {}: {}", part_.string(), path_.string(), error.message());
}

}  // namespace c3d
