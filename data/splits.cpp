#include "data/splits.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <set>
#include <string_view>
#include <system_error>

#include "engine/core/error.h"
#include "engine/core/text.h"
#include "engine/io/file.h"
#include "engine/io/file_names.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

struct SplitName {
  std::string_view name;
  SplitKind kind;
};
constexpr std::array<SplitName, 8> kSplitNames = {{{"train", SplitKind::train},
                                                   {"training", SplitKind::train},
                                                   {"val", SplitKind::validation},
                                                   {"valid", SplitKind::validation},
                                                   {"validation", SplitKind::validation},
                                                   {"dev", SplitKind::validation},
                                                   {"test", SplitKind::test},
                                                   {"testing", SplitKind::test}}};

constexpr std::array<std::string_view, 4> kSplitEndings = {"set", "split", "data", "videos"};

// "train" of train_set, Train-Set and trainset.
std::string_view without_ending(std::string_view name) {
  for (const std::string_view ending : kSplitEndings) {
    if (!name.ends_with(ending)) continue;
    name.remove_suffix(ending.size());
    if (name.ends_with('_') || name.ends_with('-')) name.remove_suffix(1);
    break;
  }
  return name;
}

// Sorted, hidden ones left out.
std::vector<fs::path> folders_in(const fs::path& folder) {
  std::vector<fs::path> folders;
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    std::error_code unknown;
    if (!is_hidden(entry->path()) && entry->is_directory(unknown)) {
      folders.push_back(entry->path());
    }
  }
  expect(!error, "{}: the folder cannot be read: {}", folder, error.message());
  std::ranges::sort(folders);
  return folders;
}

bool holds_videos(const fs::path& folder) {
  return !walk_folder(folder, {.first_frame_depth = 1, .pass_over_runs = true}).videos.empty();
}

// Whether it holds folders, all named like some of `classes`.
bool holds_classes(const fs::path& folder, const std::vector<fs::path>& classes) {
  std::set<std::string> names;
  for (const fs::path& one : classes) names.insert(one.filename().native());
  const std::vector<fs::path> inner = folders_in(folder);
  return !inner.empty() && std::ranges::all_of(inner, [&](const fs::path& one) {
    return names.contains(one.filename().native());
  });
}

std::string shown_folder(const fs::path& folder) { return printable(folder.filename().native()) + "/"; }

// The folder in `data` that is the side; of several, the one that holds videos.
fs::path only_one(const fs::path& data, std::vector<fs::path> candidates, std::string_view does,
                  std::string_view option) {
  if (candidates.size() > 1)
    std::erase_if(candidates, [](const fs::path& one) { return !holds_videos(one); });
  if (candidates.empty()) return {};
  if (candidates.size() > 1) {
    fail("{}: {} and {} could both be what {}: name one ({})", data, shown_folder(candidates[0]),
         shown_folder(candidates[1]), does, option);
  }
  return candidates[0];
}

using FoldersByKind = std::map<SplitKind, std::vector<fs::path>>;

FoldersByKind folders_of(const fs::path& data) {
  FoldersByKind folders;
  for (fs::path& folder : folders_in(data)) folders[split_kind(folder)].push_back(std::move(folder));
  return folders;
}

// "train/ trains, val/ validates, test/ is left alone"
std::string sides_note(const fs::path& data, const Sides& sides, bool validation_found,
                       FoldersByKind& folders) {
  std::string note = fmt::format("{}: {} trains", printable(data.native()),
                                 sides.train == data ? "all that is no split" : shown_folder(sides.train));
  if (validation_found) {
    note += fmt::format(", {} validates", shown_folder(sides.validation));
  } else if (sides.validation.empty()) {
    note += ", no folder in it validates";
  } else {
    note += fmt::format(", {} validates", printable(sides.validation.native()));
  }
  const auto wanted = file_identity(sides.validation);
  for (const SplitKind kind : {SplitKind::validation, SplitKind::test, SplitKind::none}) {
    if (kind == SplitKind::none && sides.train == data) continue;
    for (const fs::path& folder : folders[kind]) {
      if (sides.validation.empty() || file_identity(folder) != wanted)
        note += fmt::format(", {} is left alone", shown_folder(folder));
    }
  }
  return note;
}

// Whether `data` is a folder of classes, some of which may be named like splits.
bool is_of_classes(FoldersByKind& folders) {
  return folders[SplitKind::train].empty() ||
         (folders[SplitKind::validation].empty() && folders[SplitKind::test].empty() &&
          std::ranges::any_of(folders[SplitKind::none], holds_videos));
}

// Folders named like splits that hold the others once more are none of the classes.
void leave_out_splits(FoldersByKind& folders, Sides& sides) {
  for (const SplitKind kind : {SplitKind::validation, SplitKind::test}) {
    std::erase_if(folders[kind],
                  [&](const fs::path& folder) { return !holds_classes(folder, folders[SplitKind::none]); });
    std::ranges::copy(folders[kind], std::back_inserter(sides.left_out));
  }
}

std::string class_note(const fs::path& data, const fs::path& folder) {
  return fmt::format(
      "{}: {} is taken for a class, as the folders beside it; if it is a split, give it alone (--data)",
      printable(data.native()), shown_folder(folder));
}

// The videos of the folder `data` that train, and those that validate where nothing is wanted.
void find_in_folder(const fs::path& data, Sides& sides) {
  FoldersByKind folders = folders_of(data);
  const std::vector<fs::path>& train = folders[SplitKind::train];
  if (is_of_classes(folders)) {
    leave_out_splits(folders, sides);
    for (const fs::path& folder : train) sides.notes.push_back(class_note(data, folder));
    if (sides.left_out.empty()) return;
  } else {
    sides.train = only_one(data, train, "trains", "--data");
    if (sides.train.empty()) sides.train = train.front();
  }
  const bool look = sides.validation.empty();
  if (look) sides.validation = only_one(data, folders[SplitKind::validation], "validates", "--val");
  sides.notes.push_back(sides_note(data, sides, look && !sides.validation.empty(), folders));
}

bool is_the_same(const fs::path& one, const fs::path& other) {
  const auto identity = file_identity(one);
  return identity && identity == file_identity(other);
}

}  // namespace

SplitKind split_kind(const fs::path& folder) {
  const std::string name =
      lower_ascii((folder.has_filename() ? folder : folder.parent_path()).filename().native());
  const auto found = std::ranges::find(kSplitNames, without_ending(name), &SplitName::name);
  return found == kSplitNames.end() ? SplitKind::none : found->kind;
}

Sides find_sides(const fs::path& data, const fs::path& validation) {
  expect(validation.empty() || file_identity(validation), "{}: no such folder or list", validation);
  Sides sides{data, validation, {}, {}, is_the_same(data, validation)};
  std::error_code unknown;
  if (!fs::is_directory(data, unknown)) return sides;
  find_in_folder(data, sides);
  sides.are_the_same |= is_the_same(sides.train, sides.validation);
  if (sides.are_the_same) {
    sides.validation = sides.train;
  } else if (!validation.empty() && fs::is_directory(validation, unknown)) {
    sides.left_out.push_back(validation);
  }
  return sides;
}

std::vector<std::pair<fs::path, fs::path>> shared_videos(const Dataset& train, const Dataset& validation) {
  std::map<FileIdentity, const fs::path*> trained;
  for (const Video& video : train.videos) {
    if (const auto identity = file_identity(video.path)) trained.emplace(*identity, &video.path);
  }
  std::vector<std::pair<fs::path, fs::path>> pairs;
  for (const Video& video : validation.videos) {
    const auto identity = file_identity(video.path);
    const auto found = identity ? trained.find(*identity) : trained.end();
    if (found != trained.end()) pairs.emplace_back(*found->second, video.path);
  }
  return pairs;
}

}  // namespace c3d
