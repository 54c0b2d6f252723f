#include "tools/c3d_infer/inputs.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <set>
#include <system_error>

#include "data/dataset.h"
#include "data/frame_folder.h"
#include "engine/core/error.h"
#include "engine/core/handle.h"

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

TemporaryFile TemporaryFile::of_standard_input() {
  expect(isatty(STDIN_FILENO) == 0,
         "'-' reads a video from standard input, which is a terminal; pipe a file into it");
  std::string path = (fs::temp_directory_path() / "c3d_infer.XXXXXX").string();
  const int descriptor = mkstemp(path.data());
  expect(descriptor >= 0, "{}: no temporary file can be made for standard input: {}", path,
         std::error_code(errno, std::generic_category()).message());
  TemporaryFile file{path};
  const Handle<std::FILE, std::fclose> out(fdopen(descriptor, "wb"));
  std::array<char, 1 << 16> block;
  while (const std::size_t count = std::fread(block.data(), 1, block.size(), stdin)) {
    expect(std::fwrite(block.data(), 1, count, out.get()) == count, "{}: standard input does not fit: {}",
           path, std::error_code(errno, std::generic_category()).message());
  }
  expect(std::ferror(stdin) == 0, "reading standard input failed");
  expect(std::fflush(out.get()) == 0, "{}: standard input does not fit", path);
  return file;
}

TemporaryFile::TemporaryFile(TemporaryFile&& other) noexcept : path_(std::move(other.path_)) {
  other.path_.clear();
}

TemporaryFile::~TemporaryFile() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove(path_, ignored);
}

Inputs find_inputs(const std::vector<std::string>& arguments, const std::vector<fs::path>& lists) {
  Inputs inputs;
  for (const std::string& argument : arguments) {
    if (argument != "-") {
      add_path(argument, inputs);
      continue;
    }
    expect(!inputs.standard_input, "'-' can be given once: standard input is one video");
    inputs.standard_input.emplace(TemporaryFile::of_standard_input());
    inputs.videos.push_back({"-", inputs.standard_input->path(), "stdin", ""});
  }
  for (const fs::path& list : lists) add_list(list, inputs);
  if (inputs.videos.size() > 1) inputs.several = true;
  return inputs;
}

std::vector<fs::path> output_paths(const Inputs& inputs, const fs::path& target,
                                   const std::string& extension) {
  if (!inputs.several && !fs::is_directory(target)) return {target};
  std::vector<fs::path> paths;
  std::set<fs::path> given;
  for (const Input& input : inputs.videos) {
    const fs::path stem = target / fs::path(input.relative).replace_extension();
    fs::path path = fs::path(stem) += extension;
    for (int number = 2; !given.insert(path).second; ++number) {
      path = fs::path(stem) += fmt::format("-{}{}", number, extension);
    }
    paths.push_back(path);
  }
  return paths;
}

void make_folder_of(const fs::path& file) {
  if (!file.has_parent_path()) return;
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  expect(!error, "{}: the folder cannot be made: {}", file.parent_path().string(), error.message());
}

}  // namespace c3d
