#include "c3d/inference/inputs.h"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <set>
#include <system_error>
#include <unordered_set>

#include "data/folder_walk.h"
#include "data/list_entries.h"
#include "data/text_lines.h"
#include "engine/core/error.h"
#include "engine/core/text.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

void add_file(const std::string& name, const fs::path& path, Inputs& inputs) {
  const fs::path own = path.has_filename() ? path.filename() : path.parent_path().filename();
  inputs.videos.push_back({name, path, own, ""});
}

// `name`: as given; of the folder at `path`.
void add_folder(const std::string& name, const fs::path& path, Inputs& inputs) {
  FolderVideos found = walk_folder(path, {});
  if (found.videos.size() == 1 && found.videos[0] == path) {  // of frames
    add_file(name, path, inputs);
    return;
  }
  inputs.several = true;
  for (const fs::path& video : found.videos) {
    inputs.videos.push_back({video.string(), video, video.lexically_relative(path), ""});
  }
  for (const PassedOver& folder : found.unreadable) {
    const fs::path relative = folder.path == path ? fs::path() : folder.path.lexically_relative(path);
    inputs.videos.push_back({folder.path.string(), folder.path, relative,
                             fmt::format("the folder cannot be read: {}", folder.why)});
  }
  if (found.videos.empty() && found.unreadable.empty()) {
    inputs.videos.push_back(
        {name, path, "",
         "no file in this folder is a video by its name, and no folder in it holds numbered frames"});
  }
  std::ranges::move(notes_of(found.passed_over), std::back_inserter(inputs.notes));
}

void add_path(const std::string& name, const fs::path& path, Inputs& inputs) {
  std::error_code ignored;  // what cannot be looked at fails when it is opened, with its own message
  if (fs::is_directory(path, ignored)) {
    add_folder(name, path, inputs);
  } else {
    add_file(name, path, inputs);
  }
}

// The part of a line that is a path, as far as files tell; nullopt: none that is there.
std::optional<std::string> path_in(const ListEntry& entry, const fs::path& root) {
  const auto is_there = [&](const std::string& path) {
    std::error_code unknown;
    return fs::exists(root.empty() ? fs::path(path) : root / path, unknown);
  };
  if (is_there(entry.text)) return entry.text;
  if (std::string whole(trimmed(entry.text)); whole != entry.text && is_there(whole)) return whole;
  if (!entry.path.empty() && entry.path != entry.text && is_there(entry.path)) return entry.path;
  return std::nullopt;
}

void add_list(const fs::path& list, Inputs& inputs) {
  const VideoListing listing = read_list(list, "");
  std::vector<std::optional<std::string>> there;
  const auto look_from = [&](const fs::path& root) {
    there.clear();
    for (const ListEntry& entry : listing.entries) there.push_back(path_in(entry, root));
    return std::ranges::any_of(there, [](const auto& path) { return path.has_value(); });
  };
  fs::path root;
  if (!look_from(root) && list.has_parent_path() && look_from(list.parent_path())) {
    root = list.parent_path();
    inputs.notes.push_back(fmt::format("{}: its paths start from its own folder", printable(list.native())));
  }
  const auto is_video = [](const ListEntry& entry) { return !entry.comment; };
  const auto first = std::ranges::find_if(listing.entries, is_video);
  const bool is_one_there = std::ranges::any_of(there, [](const auto& path) { return path.has_value(); });
  expect(is_one_there || first == listing.entries.end(),
         "{}: none of its {} videos exists, for example {}: its paths start from the current folder, or from "
         "its own",
         list, std::ranges::count_if(listing.entries, is_video),
         first == listing.entries.end() ? "" : first->text);
  // What is not there is called as the lines that are there are read: whole, or without labels.
  bool labels = false;
  for (std::size_t i = 0; i < there.size(); ++i) {
    labels = labels || (listing.entries[i].label && there[i] == listing.entries[i].path);
  }
  std::unordered_set<std::string> seen;
  std::int64_t repeats = 0;
  for (std::size_t i = 0; i < there.size(); ++i) {
    const ListEntry& entry = listing.entries[i];
    if (entry.comment && !there[i]) continue;
    const bool parted = labels && entry.label && !entry.path.empty();
    const std::string path = there[i] ? *there[i] : parted ? entry.path : std::string(trimmed(entry.text));
    if (listing.has_positions && labels && !seen.insert(path).second) {
      ++repeats;
      continue;
    }
    if (there[i]) {
      add_path(path, root / path, inputs);
    } else {
      add_file(path, root / path, inputs);
    }
  }
  if (labels) {
    inputs.notes.push_back(
        fmt::format("{}: its labels are passed over{}", printable(list.native()),
                    repeats > 0 ? fmt::format(", and {} lines that name a video once more", repeats) : ""));
  }
  inputs.several = true;
}

// Videos that arguments name once more, themselves or by their folders. A list may name a video on any number
// of lines.
void drop_repeated(Inputs& inputs) {
  std::unordered_set<std::string> seen;
  std::vector<std::string> repeated;
  std::erase_if(inputs.videos, [&](const Input& input) {
    if (input.is_standard_input() || seen.insert(input.path.lexically_normal().native()).second) return false;
    repeated.push_back(input.name);
    return true;
  });
  if (repeated.empty()) return;
  inputs.notes.push_back(
      repeated.size() == 1 ? printable(repeated.front()) + " is named twice, and done once"
                           : fmt::format("{} videos are named more than once, and done once, for example {}",
                                         repeated.size(), printable(repeated.front())));
}

}  // namespace

Inputs find_inputs(const std::vector<std::string>& arguments, const std::vector<fs::path>& lists) {
  Inputs inputs;
  for (const std::string& argument : arguments) {
    if (argument != "-") {
      add_path(argument, argument, inputs);
      continue;
    }
    expect(!inputs.standard_input, "'-' can be given once: standard input is one video");
    inputs.standard_input.emplace();
    inputs.videos.push_back({"-", inputs.standard_input->path(), "stdin", ""});
  }
  drop_repeated(inputs);
  for (const fs::path& list : lists) add_list(list, inputs);
  if (inputs.videos.size() > 1) inputs.several = true;
  return inputs;
}

}  // namespace c3d
