#include "data/video_list.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <utility>

#include "data/class_names.h"
#include "data/list_entries.h"
#include "data/text_lines.h"
#include "engine/core/error.h"
#include "engine/core/nearest.h"
#include "engine/core/text.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

constexpr const char* kClassFile = "classInd.txt";

struct ListedVideo {
  std::int64_t line = 0;
  std::string path, label;  // as written; the label may be the path's folder
};

// The contents of classInd.txt: its numbers, in their order, and the names.
struct ClassFile {
  fs::path path;
  std::map<std::int64_t, std::string> names;
};

ListedVideo listed_video(const fs::path& list, ListEntry&& entry) {
  expect(entry.error.empty(), "{}:{}: {}", list, entry.line, entry.error);
  if (entry.label) {
    expect(!entry.label->empty(), "{}:{}: the label of {} is empty", list, entry.line, entry.path);
    return {entry.line, std::move(entry.path), std::move(*entry.label)};
  }
  expect(is_video_name(entry.path), "{}:{}: '{}' has no label: write `path label`", list, entry.line,
         entry.path);
  std::string folder = fs::path(entry.path).parent_path().filename().string();
  expect(!folder.empty(),
         "{}:{}: '{}' has neither a label nor a folder that would name its class: write `path label`", list,
         entry.line, entry.path);
  return {entry.line, std::move(entry.path), std::move(folder)};
}

ClassFile read_class_file(const fs::path& file) {
  ClassFile classes{file, {}};
  std::set<std::string> names;
  for (const TextLine& whole : read_text_lines(file)) {
    const TextLine line{whole.number, std::string(trimmed(whole.text))};
    if (line.text.starts_with('#')) continue;
    const std::size_t blank = line.text.find_first_of(kBlank);
    const std::optional<std::int64_t> number = whole_number(std::string_view(line.text).substr(0, blank));
    if (!number || blank == std::string::npos) {
      fail("{}:{}: '{}' is not `number class`, such as `1 ApplyEyeMakeup`", file, line.number, line.text);
    }
    const std::string name(trimmed(std::string_view(line.text).substr(blank)));
    expect(is_class_name(name), "{}:{}: '{}' is not UTF-8 text without control characters: rename the class",
           file, line.number, name);
    expect(names.insert(name).second && classes.names.emplace(*number, name).second,
           "{}:{}: '{}' repeats a number or a class: each may stand once", file, line.number, line.text);
  }
  expect(!classes.names.empty(), "{}: names no class: write `number class` lines", file);
  return classes;
}

std::optional<ClassFile> find_class_file(const fs::path& list, const ListOptions& options) {
  if (options.classes) return read_class_file(*options.classes);
  const fs::path beside = list.parent_path() / kClassFile;
  if (fs::exists(beside)) return read_class_file(beside);
  return std::nullopt;
}

// Labels of a list that nothing else explains: all numbers from 0, without gaps, or all names.
std::vector<std::string> labels_of(const fs::path& list, const std::vector<ListedVideo>& videos) {
  std::set<std::string> names;
  std::set<std::int64_t> numbers;
  const bool numeric = whole_number(videos[0].label).has_value();
  for (const ListedVideo& video : videos) {
    const std::optional<std::int64_t> number = whole_number(video.label);
    expect(number.has_value() == numeric,
           "{}:{}: label '{}' is a {}, those before it are {}: use either names or numbers", list, video.line,
           video.label, numeric ? "name" : "number", numeric ? "numbers" : "names");
    expect(!number || *number >= 0, "{}:{}: label {} is negative: labels count from 0", list, video.line,
           video.label);
    if (number) {
      numbers.insert(*number);
    } else if (names.insert(video.label).second) {
      expect(is_class_name(video.label),
             "{}:{}: the label '{}' is not UTF-8 text without control characters: rename the class", list,
             video.line, video.label);
    }
  }
  if (!numeric) return {names.begin(), names.end()};
  std::int64_t expected = 0;
  std::vector<std::string> labels;
  for (const std::int64_t number : numbers) {
    expect(
        number == expected,
        "{}: labels count from 0, but no video has label {}: if they count otherwise, name the classes in a "
        "classInd.txt beside the list or in another file (--classes)",
        list, expected);
    labels.push_back(std::to_string(expected++));
  }
  return labels;
}

// What a list's labels may be, and where they lead.
struct Classes {
  std::vector<std::string> labels;
  std::unordered_map<std::string, std::int32_t> indices;  // of labels
  std::optional<ClassFile> file;
};

Classes classes_of(const fs::path& list, const ListOptions& options, const std::vector<ListedVideo>& videos,
                   const std::vector<std::string>& known_labels) {
  Classes classes{known_labels, {}, find_class_file(list, options)};
  if (classes.labels.empty() && classes.file) {
    for (const auto& [number, name] : classes.file->names) classes.labels.push_back(name);
  }
  if (classes.labels.empty()) classes.labels = labels_of(list, videos);
  for (const std::string& label : classes.labels) {
    classes.indices.emplace(label, static_cast<std::int32_t>(classes.indices.size()));
  }
  return classes;
}

std::int32_t index_of_name(const fs::path& list, const ListedVideo& video, const std::string& name,
                           const Classes& classes) {
  const auto found = classes.indices.find(name);
  if (found == classes.indices.end()) {
    fail("{}:{}: class '{}' is not one of the {} known: did you mean '{}'?", list, video.line, name,
         classes.labels.size(), nearest(name, classes.labels));
  }
  return found->second;
}

std::int32_t index_of_number(const fs::path& list, const ListedVideo& video, std::int64_t number,
                             const Classes& classes) {
  if (classes.file) {
    const auto& names = classes.file->names;
    const auto found = names.find(number);
    expect(found != names.end(), "{}:{}: label {} is not in {}, whose numbers go from {} to {}", list,
           video.line, number, classes.file->path, names.begin()->first, names.rbegin()->first);
    return index_of_name(list, video, found->second, classes);
  }
  expect(number >= 0 && number < static_cast<std::int64_t>(classes.labels.size()),
         "{}:{}: label {} is outside the {} known classes, counted from 0: if the list counts otherwise, "
         "give its classInd.txt (--classes)",
         list, video.line, number, classes.labels.size());
  return static_cast<std::int32_t>(number);
}

struct Listed {
  std::vector<ListedVideo> videos;
  bool has_positions = false;
};

Listed listed_videos(const fs::path& list, const fs::path& root) {
  VideoListing listing = read_list(list, root);
  Listed listed{{}, listing.has_positions};
  listed.videos.reserve(listing.entries.size());
  for (ListEntry& entry : listing.entries) {
    if (!entry.comment) listed.videos.push_back(listed_video(list, std::move(entry)));
  }
  expect(!listed.videos.empty(), "{}: lists no video: write `path label` lines", list);
  return listed;
}

// root / path, which is path where that is absolute, in one spelling.
fs::path path_from(const fs::path& root, const std::string& path) {
  std::string whole = path.starts_with('/') || root.empty() ? path : (root / "").native() + path;
  const bool plain = whole.find("/.") == std::string::npos && whole.find("//") == std::string::npos &&
                     !whole.starts_with('.');
  return plain ? fs::path(std::move(whole)) : fs::path(std::move(whole)).lexically_normal();
}

// Where relative paths start: as wanted, or beside the list; the current folder where nothing is there and
// something here.
fs::path root_of(const fs::path& list, const ListOptions& options, const std::vector<ListedVideo>& videos,
                 Dataset& dataset) {
  const auto holds_any = [&](const fs::path& folder) {
    return std::ranges::any_of(videos, [&](const ListedVideo& video) {
      std::error_code unknown;
      return fs::exists(path_from(folder, video.path), unknown);
    });
  };
  fs::path root = options.root.value_or(list.parent_path());
  if (holds_any(root)) return root;
  if (!options.root && list.has_parent_path() && holds_any("")) {
    dataset.notes.push_back(
        fmt::format("{}: its paths start from the current folder", printable(list.native())));
    return "";
  }
  fail("{}: none of its {} videos exists, for example {}: give the folder that its paths start from (--root)",
       list, videos.size(), (root / videos[0].path).lexically_normal());
}

// A list of the original's, with positions, names a video once for each clip of it.
class Repeats {
 public:
  Repeats(const fs::path& list, bool allowed, std::size_t videos) : list_(list), allowed_(allowed) {
    lines_.reserve(videos);
  }

  // Whether the video is new; it must stay where it is.
  bool add(const ListedVideo& listed, const Video& video) {
    const auto [first, is_new] = lines_.try_emplace(video.path.native(), Line{listed.line, video.label});
    if (is_new) return true;
    expect(allowed_, "{}:{}: {} stands in line {} already: remove one of the two", list_, listed.line,
           listed.path, first->second.number);
    expect(first->second.label == video.label,
           "{}:{}: {} has another label than in line {}; videos are read whole: cut it into a file for each "
           "label",
           list_, listed.line, listed.path, first->second.number);
    ++count_;
    return false;
  }
  std::int64_t count() const { return count_; }

 private:
  struct Line {
    std::int64_t number = 0;
    std::int32_t label = -1;
  };
  const fs::path& list_;
  bool allowed_;
  std::unordered_map<std::string_view, Line> lines_;  // by path
  std::int64_t count_ = 0;
};

}  // namespace

Dataset read_video_list(const fs::path& list, const ListOptions& options,
                        const std::vector<std::string>& known_labels) {
  const auto [listed, has_positions] = listed_videos(list, options.root.value_or(list.parent_path()));
  const Classes classes = classes_of(list, options, listed, known_labels);
  // Classes may have numbers for names; a list speaks of names if all its labels are names.
  const auto is_name = [&](const ListedVideo& video) { return classes.indices.contains(video.label); };
  const auto is_number = [](const ListedVideo& video) { return whole_number(video.label).has_value(); };
  const bool numbers = !std::ranges::all_of(listed, is_name) && std::ranges::all_of(listed, is_number);

  Dataset dataset;
  dataset.labels = classes.labels;
  const fs::path root = root_of(list, options, listed, dataset);
  Repeats repeats(list, has_positions, listed.size());
  dataset.videos.reserve(listed.size());
  for (const ListedVideo& video : listed) {
    const std::optional<std::int64_t> number = numbers ? whole_number(video.label) : std::nullopt;
    const std::int32_t label = number ? index_of_number(list, video, *number, classes)
                                      : index_of_name(list, video, video.label, classes);
    dataset.videos.push_back({path_from(root, video.path), label, 0});
    if (!repeats.add(video, dataset.videos.back())) dataset.videos.pop_back();
  }
  if (has_positions) {
    dataset.notes.push_back(
        fmt::format("{}: the column of first frames, or of numbers of frames, is not used: clips come from "
                    "whole videos{}",
                    printable(list.native()),
                    repeats.count() > 0
                        ? fmt::format("; {} lines name a video that an earlier one names", repeats.count())
                        : ""));
  }
  std::ranges::move(similar_class_notes(dataset.labels), std::back_inserter(dataset.notes));
  return dataset;
}

}  // namespace c3d
