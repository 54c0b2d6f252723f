#include "data/list_entries.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <system_error>
#include <utility>

#include "data/folder_walk.h"
#include "data/text_lines.h"
#include "engine/core/error.h"
#include "engine/core/text.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

using Fields = std::vector<std::string>;

constexpr std::array<std::string_view, 10> kPathColumns = {
    "path",      "video_path", "clip_path", "filepath",   "filename",
    "file_name", "file",       "video",     "video_name", "clip"};
constexpr std::array<std::string_view, 8> kLabelColumns = {"label",    "class",  "class_name", "classname",
                                                           "category", "action", "tag",        "labels"};

bool is_comment(std::string_view text) { return trimmed(text).starts_with('#'); }

bool is_there(const fs::path& path) {
  std::error_code unknown;
  return fs::exists(path, unknown);
}

// A quoted field at the start of `text`, which loses it; nullopt: there is none.
std::optional<std::string> take_quoted(std::string_view& text) {
  if (!text.starts_with('"')) return std::nullopt;
  std::string field;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] != '"') {
      field += text[i];
    } else if (i + 1 < text.size() && text[i + 1] == '"') {
      field += text[++i];
    } else {
      text.remove_prefix(i + 1);
      return field;
    }
  }
  return std::nullopt;
}

// Of a line whose fields are separated by `separator`; tabs may be several, to align columns.
Fields split_fields(std::string_view text, char separator) {
  Fields fields;
  while (true) {
    std::string_view rest = trimmed(text);
    if (std::optional<std::string> quoted = take_quoted(rest)) {
      fields.push_back(std::move(*quoted));
      text = rest;
      const std::size_t next = text.find(separator);
      if (next == std::string_view::npos) return fields;
      text.remove_prefix(next + 1);
      continue;
    }
    const std::size_t end = text.find(separator);
    const std::string_view field = trimmed(text.substr(0, end));
    if (separator != '\t' || !field.empty()) fields.emplace_back(field);
    if (end == std::string_view::npos) return fields;
    text.remove_prefix(end + 1);
  }
}

// For a line whose fields blanks separate: the path's end is told by quotes or a video's name before a blank;
// else the last blank ends it. `text` is trimmed.
Fields split_at_blanks(std::string_view text) {
  Fields fields;
  fields.reserve(2);
  const auto add_label = [&](std::string_view rest) {
    std::string_view label = rest = trimmed(rest);
    if (rest.empty()) return;
    std::optional<std::string> quoted = take_quoted(label);
    fields.push_back(quoted && label.empty() ? std::move(*quoted) : std::string(rest));
  };
  std::string_view after = text;
  if (std::optional<std::string> quoted = take_quoted(after);
      quoted && (after.empty() || kBlank.find(after.front()) != std::string_view::npos)) {
    fields.push_back(std::move(*quoted));
    add_label(after);
    return fields;
  }
  const std::size_t last = text.find_last_of(kBlank);
  if (last == std::string_view::npos || has_video_ending(text.substr(last + 1))) {
    fields.emplace_back(text);
    return fields;
  }
  const std::size_t slash = text.rfind('/');
  std::size_t end = last;  // of the path
  for (std::size_t blank = last; blank != std::string_view::npos;) {
    if (slash != std::string_view::npos && slash > blank) break;  // a label has no folders
    const std::size_t before = text.find_last_of(kBlank, blank - 1);
    const std::size_t word = before == std::string_view::npos ? 0 : before + 1;
    if (has_video_ending(text.substr(word, blank - word))) {
      end = blank;
      break;
    }
    blank = before;
  }
  fields.emplace_back(trimmed(text.substr(0, end)));
  add_label(text.substr(end));
  return fields;
}

// Which columns are the path and the label.
struct Columns {
  std::size_t path = 0, label = 0;
};

// nullopt: the fields are no names of columns.
std::optional<Columns> columns_of(const fs::path& list, const Fields& fields) {
  const auto find = [&](const auto& names) {
    for (const std::string_view name : names) {
      const auto found =
          std::ranges::find_if(fields, [&](const std::string& field) { return lower_ascii(field) == name; });
      if (found != fields.end()) return static_cast<std::size_t>(found - fields.begin());
    }
    return fields.size();
  };
  const Columns columns{find(kPathColumns), find(kLabelColumns)};
  if (columns.label == fields.size() || fields.size() < 2) return std::nullopt;
  const bool names_only = std::ranges::none_of(
      fields, [](const std::string& field) { return field.find_first_of("./") != std::string::npos; });
  if (!names_only) return std::nullopt;
  if (columns.path == fields.size()) {
    expect(std::ranges::find(fields, "youtube_id") == fields.end(),
           "{}: names videos by youtube_id, not by path: write a list of `path,label` lines", list);
    return std::nullopt;
  }
  return columns;
}

// The separator of the fields of all lines: a tab, a comma, or ' ' for blanks.
char separator_of(const fs::path& list, const fs::path& root, const std::vector<std::string_view>& texts) {
  const auto all = [&](auto&& holds) { return std::ranges::all_of(texts, holds); };
  const auto has = [](char c) {
    return [c](std::string_view text) { return text.find(c) != std::string_view::npos; };
  };
  if (texts.empty()) return ' ';
  if (all(has('\t'))) return '\t';
  if (!all(has(','))) return ' ';
  const Fields first = split_fields(texts[0], ',');
  if (first.size() < 2) return ' ';
  if (columns_of(list, first) || is_there(root / first[0])) return ',';
  const bool videos_first = all([](std::string_view text) {
    const Fields fields = split_fields(text, ',');
    return fields.size() > 1 && has_video_ending(fields[0]);
  });
  const bool no_blanks = all([](std::string_view text) {
    return text.find_first_of(kBlank) == std::string_view::npos && !has_video_ending(text);
  });
  return videos_first || no_blanks ? ',' : ' ';
}

// Whether the fields between path and label are numbers: of the first frame, or of frames. With blanks the
// number is the start of what follows the path, or its end.
bool take_position(Fields& fields, char separator) {
  if (separator != ' ') {
    if (fields.size() != 3 || !whole_number(fields[1])) return false;
    fields.erase(fields.begin() + 1);
    return true;
  }
  if (fields.size() != 2) return false;
  const std::string_view label = fields[1];
  const std::size_t blank = label.find_first_of(kBlank);
  if (blank != std::string_view::npos && whole_number(label.substr(0, blank))) {
    fields[1] = std::string(trimmed(label.substr(blank)));
    return true;
  }
  const std::string_view path = fields[0];
  const std::size_t before = path.find_last_of(kBlank);
  if (before == std::string_view::npos || !whole_number(path.substr(before + 1))) return false;
  fields[0] = std::string(trimmed(path.substr(0, before)));
  return true;
}

// Takes the column of positions out of all lines, if all have it.
bool take_positions(std::vector<Fields>& lines, char separator, const fs::path& root) {
  std::vector<Fields> taken;
  taken.reserve(lines.size());
  for (const Fields& fields : lines) {
    taken.push_back(fields);
    if (!take_position(taken.back(), separator)) return false;
  }
  // `clip 2 0` may be the second clip's.
  if (lines.empty() || (taken[0][0] != lines[0][0] && is_there(root / lines[0][0]))) return false;
  lines = std::move(taken);
  return true;
}

void fill_in(ListEntry& entry, Fields& fields, const std::optional<Columns>& columns) {
  const auto [path, label] = columns.value_or(Columns{0, 1});
  if (columns ? fields.size() <= std::max(path, label) : fields.size() > 2) {
    entry.error =
        "has more or fewer fields than a path and a label: write `path label`, or name the columns in a "
        "first "
        "line, `path,label`";
    return;
  }
  entry.path = std::move(fields[path]);
  while (entry.path.size() > 1 && entry.path.ends_with('/')) entry.path.pop_back();
  if (fields.size() > label) entry.label = std::move(fields[label]);
  if (entry.path.empty()) entry.error = "the path is empty: write `path label`";
}

}  // namespace

VideoListing read_list(const fs::path& list, const fs::path& root) {
  std::error_code unknown;
  expect(!is_video_name(list) || fs::is_directory(list, unknown),
         "{}: is a video by its name, and a list is wanted: a text file that names a video in each line",
         list);
  std::vector<TextLine> lines = read_text_lines(list);
  std::vector<std::string_view> texts;  // of lines that are no comments
  texts.reserve(lines.size());
  for (const TextLine& line : lines) {
    if (!is_comment(line.text)) texts.push_back(trimmed(line.text));
  }
  const char separator = separator_of(list, root, texts);
  std::vector<Fields> fields;
  fields.reserve(texts.size());
  for (const std::string_view text : texts) {
    fields.push_back(separator == ' ' ? split_at_blanks(text) : split_fields(text, separator));
  }
  std::optional<Columns> columns;
  if (!fields.empty()) columns = columns_of(list, fields[0]);
  VideoListing listing;
  if (!columns) listing.has_positions = take_positions(fields, separator, root);
  listing.entries.reserve(lines.size());
  auto next = fields.begin();
  for (TextLine& line : lines) {
    ListEntry entry;
    entry.line = line.number;
    entry.comment = is_comment(line.text);
    entry.text = std::move(line.text);
    if (!entry.comment) {
      Fields& here = *next++;
      if (columns && next == std::next(fields.begin())) continue;  // the columns' names
      fill_in(entry, here, columns);
    }
    listing.entries.push_back(std::move(entry));
  }
  return listing;
}

}  // namespace c3d
