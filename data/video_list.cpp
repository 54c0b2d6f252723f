#include "data/video_list.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <map>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "engine/core/error.h"
#include "engine/core/nearest.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kBlank = " \t\r\v\f";
constexpr const char* kClassFile = "classInd.txt";

struct NumberedLine {
  std::int64_t number = 0;  // in the file, from 1
  std::string text;
};

struct ListedVideo {
  std::int64_t line = 0;
  std::string path, label;  // as written; the label may be the path's folder
};

// What classInd.txt says: its numbers, in their order, and the names.
struct ClassFile {
  fs::path path;
  std::map<std::int64_t, std::string> names;
};

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::vector<NumberedLine> read_lines(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  expect(in.is_open(), "{}: cannot be opened for reading", file.string());
  std::vector<NumberedLine> lines;
  std::string text;
  for (std::int64_t number = 1; std::getline(in, text); ++number) {
    if (number == 1 && text.starts_with("\xEF\xBB\xBF"))
      text.erase(0, 3);  // the mark some editors put before UTF-8
    const std::string_view content = trimmed(text);
    if (!content.empty() && content.front() != '#') lines.push_back({number, std::string(content)});
  }
  expect(!in.bad(), "{}: reading failed", file.string());
  return lines;
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

ListedVideo parse_line(const fs::path& list, const NumberedLine& line) {
  const std::string_view text = line.text;
  const std::size_t blank = text.find_last_of(kBlank);
  const std::string_view last = blank == std::string_view::npos ? text : text.substr(blank + 1);
  if (!is_video_name(last)) {
    expect(blank != std::string_view::npos, "{}:{}: '{}' has no label: write `path label`", list.string(),
           line.number, text);
    return {line.number, std::string(trimmed(text.substr(0, blank))), std::string(last)};
  }
  const std::string folder = fs::path(text).parent_path().filename().string();
  expect(!folder.empty(),
         "{}:{}: '{}' has neither a label nor a folder that would name its class: write `path label`",
         list.string(), line.number, text);
  return {line.number, std::string(text), folder};
}

ClassFile read_class_file(const fs::path& file) {
  ClassFile classes{file, {}};
  std::set<std::string> names;
  for (const NumberedLine& line : read_lines(file)) {
    const std::size_t blank = line.text.find_first_of(kBlank);
    const std::optional<std::int64_t> number = whole_number(std::string_view(line.text).substr(0, blank));
    if (!number || blank == std::string::npos) {
      fail("{}:{}: '{}' is not `number class`, such as `1 ApplyEyeMakeup`", file.string(), line.number,
           line.text);
    }
    const std::string name(trimmed(std::string_view(line.text).substr(blank)));
    expect(names.insert(name).second && classes.names.emplace(*number, name).second,
           "{}:{}: '{}' repeats a number or a class: each may stand once", file.string(), line.number,
           line.text);
  }
  expect(!classes.names.empty(), "{}: names no class: write `number class` lines", file.string());
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
           "{}:{}: label '{}' is a {}, those before it are {}: use either names or numbers", list.string(),
           video.line, video.label, numeric ? "name" : "number", numeric ? "numbers" : "names");
    expect(!number || *number >= 0, "{}:{}: label {} is negative: labels count from 0", list.string(),
           video.line, video.label);
    names.insert(video.label);
    if (number) numbers.insert(*number);
  }
  if (!numeric) return {names.begin(), names.end()};
  std::int64_t expected = 0;
  std::vector<std::string> labels;
  for (const std::int64_t number : numbers) {
    expect(
        number == expected,
        "{}: labels count from 0, but no video has label {}: if they count otherwise, name the classes in a "
        "classInd.txt beside the list or in another file (--classes)",
        list.string(), expected);
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
    fail("{}:{}: class '{}' is not one of the {} known: did you mean '{}'?", list.string(), video.line, name,
         classes.labels.size(), nearest(name, classes.labels));
  }
  return found->second;
}

std::int32_t index_of_number(const fs::path& list, const ListedVideo& video, std::int64_t number,
                             const Classes& classes) {
  if (classes.file) {
    const auto& names = classes.file->names;
    const auto found = names.find(number);
    expect(found != names.end(), "{}:{}: label {} is not in {}, whose numbers go from {} to {}",
           list.string(), video.line, number, classes.file->path.string(), names.begin()->first,
           names.rbegin()->first);
    return index_of_name(list, video, found->second, classes);
  }
  expect(number >= 0 && number < static_cast<std::int64_t>(classes.labels.size()),
         "{}:{}: label {} is outside the {} known classes, counted from 0: if the list counts otherwise, "
         "give its classInd.txt (--classes)",
         list.string(), video.line, number, classes.labels.size());
  return static_cast<std::int32_t>(number);
}

std::vector<ListedVideo> listed_videos(const fs::path& list) {
  expect(!is_video_name(list),
         "{}: is a video: give a folder of class folders, or a list of `path label` lines", list.string());
  std::vector<ListedVideo> videos;
  for (const NumberedLine& line : read_lines(list)) videos.push_back(parse_line(list, line));
  expect(!videos.empty(), "{}: lists no video: write `path label` lines", list.string());
  return videos;
}

void expect_once_and_there(const fs::path& list, const std::vector<ListedVideo>& listed,
                           const std::vector<Video>& videos) {
  std::unordered_map<std::string, std::int64_t> lines;
  for (std::size_t i = 0; i < videos.size(); ++i) {
    const auto [first, is_new] = lines.emplace(videos[i].path.string(), listed[i].line);
    expect(is_new, "{}:{}: {} stands in line {} already: remove one of the two", list.string(),
           listed[i].line, listed[i].path, first->second);
  }
  expect(
      std::any_of(videos.begin(), videos.end(), [](const Video& video) { return fs::exists(video.path); }),
      "{}: none of its {} videos exists, for example {}: give the folder that its paths start from (--root)",
      list.string(), videos.size(), videos[0].path.string());
}

}  // namespace

Dataset read_video_list(const fs::path& list, const ListOptions& options,
                        const std::vector<std::string>& known_labels) {
  const std::vector<ListedVideo> listed = listed_videos(list);
  const Classes classes = classes_of(list, options, listed, known_labels);
  // Classes may have numbers for names; a list speaks of names if all its labels are names.
  const auto is_name = [&](const ListedVideo& video) { return classes.indices.contains(video.label); };
  const auto is_number = [](const ListedVideo& video) { return whole_number(video.label).has_value(); };
  const bool numbers = !std::all_of(listed.begin(), listed.end(), is_name) &&
                       std::all_of(listed.begin(), listed.end(), is_number);

  Dataset dataset;
  dataset.labels = classes.labels;
  const fs::path root = options.root.value_or(list.parent_path());
  for (const ListedVideo& video : listed) {
    const std::optional<std::int64_t> number = numbers ? whole_number(video.label) : std::nullopt;
    const std::int32_t label = number ? index_of_number(list, video, *number, classes)
                                      : index_of_name(list, video, video.label, classes);
    // root / path is path where that is absolute.
    dataset.videos.push_back({(root / video.path).lexically_normal(), label, 0});
  }
  expect_once_and_there(list, listed, dataset.videos);
  return dataset;
}

}  // namespace c3d
