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
#include "data/label_sets.h"
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
  std::string path;                 // as written
  std::vector<std::string> labels;  // one, which may be the path's folder; of label sets any number
};

// The contents of classInd.txt: its numbers, in their order, and the names.
struct ClassFile {
  fs::path path;
  std::map<std::int64_t, std::string> names;
};

ListedVideo listed_set(const fs::path& list, ListEntry&& entry) try {
  if (entry.label) return {entry.line, std::move(entry.path), split_label_set(*entry.label)};
  fail("'{}' has no label: write `path label`, `path label{}label`, or `path {}` where it shows none",
       entry.path, kLabelSeparator, kNoLabel);
} catch (const Error& error) {
  fail("{}:{}: {}", list, entry.line, Lines{error.message()});
}

ListedVideo listed_video(const fs::path& list, ListEntry&& entry) {
  if (entry.label) {
    expect(!entry.label->empty(), "{}:{}: the label of {} is empty", list, entry.line, entry.path);
    return {entry.line, std::move(entry.path), {std::move(*entry.label)}};
  }
  expect(is_video_name(entry.path), "{}:{}: '{}' has no label: write `path label`", list, entry.line,
         entry.path);
  std::string folder = fs::path(entry.path).parent_path().filename().string();
  expect(!folder.empty(),
         "{}:{}: '{}' has neither a label nor a folder that would name its class: write `path label`", list,
         entry.line, entry.path);
  return {entry.line, std::move(entry.path), {std::move(folder)}};
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
  const auto first = std::ranges::find_if(videos, [](const ListedVideo& one) { return !one.labels.empty(); });
  expect(first != videos.end(), "{}: none of its {} videos has a label", list, videos.size());
  const bool numeric = whole_number(first->labels[0]).has_value();
  const auto take = [&](const std::string& label, std::int64_t line) {
    const std::optional<std::int64_t> number = whole_number(label);
    expect(number.has_value() == numeric,
           "{}:{}: label '{}' is a {}, those before it are {}: use either names or numbers", list, line,
           label, numeric ? "name" : "number", numeric ? "numbers" : "names");
    expect(!number || *number >= 0, "{}:{}: label {} is negative: labels count from 0", list, line, label);
    if (number) {
      numbers.insert(*number);
    } else if (names.insert(label).second) {
      expect(is_class_name(label),
             "{}:{}: the label '{}' is not UTF-8 text without control characters: rename the class", list,
             line, label);
    }
  };
  for (const ListedVideo& video : videos) {
    for (const std::string& label : video.labels) take(label, video.line);
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

// A name that parts as a label set does must be known as that of one class.
void expect_single_labels(const fs::path& list, const std::vector<ListedVideo>& videos,
                          const std::vector<std::string>& known) {
  for (const ListedVideo& video : videos) {
    const std::string& label = video.labels[0];
    expect(!names_several(label) || std::ranges::find(known, label) != known.end(),
           "{}:{}: '{}' names several labels: set `targets` to label_set, where videos have any number of "
           "them; or if it is the name of one class, list the classes in a classInd.txt (--classes)",
           list, video.line, label);
  }
}

Classes known_classes(const fs::path& list, const ListOptions& options,
                      const std::vector<ListedVideo>& videos, const std::vector<std::string>& known_labels) {
  Classes classes{known_labels, {}, find_class_file(list, options)};
  if (classes.labels.empty() && classes.file) {
    for (const auto& [number, name] : classes.file->names) classes.labels.push_back(name);
  }
  if (!options.label_sets) expect_single_labels(list, videos, classes.labels);
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

Listed listed_videos(const fs::path& list, const ListOptions& options) {
  VideoListing listing = read_list(list, options.root.value_or(list.parent_path()));
  Listed listed{{}, listing.has_positions};
  listed.videos.reserve(listing.entries.size());
  for (ListEntry& entry : listing.entries) {
    if (entry.comment) continue;
    expect(entry.error.empty(), "{}:{}: {}", list, entry.line, entry.error);
    listed.videos.push_back(options.label_sets ? listed_set(list, std::move(entry))
                                               : listed_video(list, std::move(entry)));
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
  Repeats(const fs::path& list, bool allowed, bool label_sets, std::size_t videos)
      : list_(list), allowed_(allowed), label_sets_(label_sets) {
    lines_.reserve(videos);
  }

  // Whether the video is new; it must stay where it is.
  bool add(const ListedVideo& listed, const Video& video) {
    const auto [first, is_new] = lines_.try_emplace(video.path.native(), Line{listed.line, &video});
    if (is_new) return true;
    expect(allowed_, "{}:{}: {} stands in line {} already: {}", list_, listed.line, listed.path,
           first->second.number,
           label_sets_ ? "put all of its labels into one line" : "remove one of the two");
    const Video& before = *first->second.video;
    expect(before.label == video.label && before.label_set == video.label_set,
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
    const Video* video = nullptr;
  };
  const fs::path& list_;
  bool allowed_, label_sets_;
  std::unordered_map<std::string_view, Line> lines_;  // by path
  std::int64_t count_ = 0;
};

// How the labels of a list name classes: by number, or by name.
class Naming {
 public:
  Naming(const fs::path& list, const Classes& classes, const std::vector<ListedVideo>& videos)
      : list_(list), classes_(classes) {
    // Classes may have numbers for names; a list speaks of names if all its labels are names.
    const auto all = [&](const auto& holds) {
      return std::ranges::all_of(
          videos, [&](const ListedVideo& video) { return std::ranges::all_of(video.labels, holds); });
    };
    numbers_ = !all([&](const std::string& label) { return classes.indices.contains(label); }) &&
               all([](const std::string& label) { return whole_number(label).has_value(); });
  }

  // Rising.
  std::vector<std::int32_t> indices(const ListedVideo& video) const {
    std::vector<std::int32_t> indices;
    indices.reserve(video.labels.size());
    for (const std::string& label : video.labels) indices.push_back(index(video, label));
    std::ranges::sort(indices);
    const auto twice = std::ranges::adjacent_find(indices);
    if (twice != indices.end()) {
      fail("{}:{}: the class '{}' stands twice", list_, video.line,
           classes_.labels[static_cast<std::size_t>(*twice)]);
    }
    return indices;
  }

 private:
  std::int32_t index(const ListedVideo& video, const std::string& label) const {
    const std::optional<std::int64_t> number = numbers_ ? whole_number(label) : std::nullopt;
    return number ? index_of_number(list_, video, *number, classes_)
                  : index_of_name(list_, video, label, classes_);
  }

  const fs::path& list_;
  const Classes& classes_;
  bool numbers_ = false;
};

// Commas part labels elsewhere.
void note_commas(const fs::path& list, Dataset& dataset) {
  const auto comma = std::ranges::find_if(
      dataset.labels, [](const std::string& label) { return label.find(',') != std::string::npos; });
  const bool parts =
      std::ranges::any_of(dataset.videos, [](const Video& video) { return video.label_set.size() > 1; });
  if (comma == dataset.labels.end() || parts) return;
  dataset.notes.push_back(fmt::format("{}: '{}' is one label; several stand with `{}` between them",
                                      printable(list.native()), printable(*comma), kLabelSeparator));
}

}  // namespace

Dataset read_video_list(const fs::path& list, const ListOptions& options,
                        const std::vector<std::string>& known_labels) {
  const auto [listed, has_positions] = listed_videos(list, options);
  const Classes classes = known_classes(list, options, listed, known_labels);
  const Naming naming(list, classes, listed);

  Dataset dataset;
  dataset.labels = classes.labels;
  dataset.has_label_sets = options.label_sets;
  const fs::path root = root_of(list, options, listed, dataset);
  Repeats repeats(list, has_positions, options.label_sets, listed.size());
  dataset.videos.reserve(listed.size());
  for (const ListedVideo& video : listed) {
    std::vector<std::int32_t> set = naming.indices(video);
    dataset.videos.push_back({path_from(root, video.path), set.empty() ? 0 : set.front(), 0});
    if (options.label_sets) dataset.videos.back().label_set = std::move(set);
    if (!repeats.add(video, dataset.videos.back())) dataset.videos.pop_back();
  }
  if (options.label_sets) {
    for (const std::string& label : dataset.labels) expect_listable(label);
    note_commas(list, dataset);
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
