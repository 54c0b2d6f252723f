#include "tools/c3d_infer/inputs.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>

#include "data/dataset.h"
#include "data/frame_folder.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

void add_folder(const std::string& name, std::vector<Input>& videos) {
  std::vector<fs::path> found;
  std::error_code error, unknown;  // unknown: a link that leads nowhere is no video
  fs::recursive_directory_iterator entry(name, fs::directory_options::follow_directory_symlink, error);
  while (!error && entry != fs::recursive_directory_iterator()) {
    if (entry->path().filename().native().starts_with('.')) {
      entry.disable_recursion_pending();
    } else if (entry->is_directory(unknown)) {
      if (is_frame_folder(entry->path())) {
        found.push_back(entry->path());
        entry.disable_recursion_pending();
      }
    } else if (is_video_name(entry->path()) && entry->is_regular_file(unknown)) {
      found.push_back(entry->path());
    }
    entry.increment(error);
  }
  std::ranges::sort(found);
  for (const fs::path& path : found) {
    videos.push_back({path.string(), path, path.lexically_relative(name), ""});
  }
  if (error) {
    videos.push_back({name, name, "", fmt::format("the folder cannot be read: {}", error.message())});
  } else if (found.empty()) {
    videos.push_back(
        {name, name, "",
         "no file in this folder is a video by its name, and no folder in it holds numbered frames"});
  }
}

void add_path(const std::string& name, Inputs& inputs) {
  std::error_code ignored;  // what cannot be looked at fails when it is opened, with its own message
  if (fs::is_directory(name, ignored) && !is_frame_folder(name)) {
    add_folder(name, inputs.videos);
    inputs.several = true;
  } else {
    const fs::path path(name);
    const fs::path own = path.has_filename() ? path.filename() : path.parent_path().filename();
    inputs.videos.push_back({name, path, own, ""});
  }
}

void add_list(const fs::path& list, Inputs& inputs) {
  std::ifstream file(list);
  expect(file.is_open(), "{}: the list cannot be read: {}", list.string(),
         std::error_code(errno, std::generic_category()).message());
  for (std::string line; std::getline(file, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty()) add_path(line, inputs);
  }
  expect(!file.bad(), "{}: reading the list failed", list.string());
  inputs.several = true;
}

}  // namespace

Inputs find_inputs(const std::vector<std::string>& arguments, const std::vector<fs::path>& lists) {
  Inputs inputs;
  for (const std::string& argument : arguments) {
    if (argument != "-") {
      add_path(argument, inputs);
      continue;
    }
    expect(!inputs.standard_input, "'-' can be given once: standard input is one video");
    inputs.standard_input.emplace();
    inputs.videos.push_back({"-", inputs.standard_input->path(), "stdin", ""});
  }
  for (const fs::path& list : lists) add_list(list, inputs);
  if (inputs.videos.size() > 1) inputs.several = true;
  return inputs;
}

}  // namespace c3d
