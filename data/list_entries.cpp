#include "data/list_entries.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <system_error>
#include <utility>

#include "data/folder_walk.h"
#include "data/text_lines.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

using Fields = std::vector<std::string>;

constexpr std::array<std::string_view, 10> kPathColumns = {"path",     "video_path", "clip_path", "filepath",
                                                           "filename", "file_name",  "file",      "video",
                                                           "video_name", "clip"};
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
  text = trimmed(text);
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
// else the last blank ends it.
Fields split_at_blanks(std::string_view text) {
  text = trimmed(text);
  const auto with_rest = [](std::string path, std::string_view rest) {
    Fields fields{std::move(path)};
    std::string_view label = trimmed(rest);
    if (label.empty()) return fields;
    if (std::optional<std::string> quoted = take_quoted(label); quoted && label.empty()) {
      fields.push_back(std::move(*quoted));
    } else {
      fields.emplace_back(trimmed(rest));
    }
    return fields;
  };
  std::string_view rest = text;
  if (std::optional<std::string> quoted = take_quoted(rest);
      quoted && (rest.empty() || kBlank.find(rest.front()) != std::string_view::npos)) {
    return with_rest(std::move(*quoted), rest);
  }
  const std::size_t last = text.find_last_of(kBlank);
  if (last == std::string_view::npos || has_video_ending(text.substr(last + 1))) return {std::string(text)};
  for (std::size_t blank = last; blank != std::string_view::npos && blank > 0;
       blank = text.find_last_of(kBlank, blank - 1)) {
    if (text.find('/', blank) != std::string_view::npos) break;  // a label has no folders
    const std::size_t before = text.find_last_of(kBlank, blank - 1);
    const std::size_t word = before == std::string_view::npos ? 0 : before + 1;
    if (has_video_ending(text.substr(word, blank - word))) {
      return with_rest(std::string(text.substr(0, blank)), text.substr(blank));
    }
  }
  return with_rest(std::string(trimmed(text.substr(0, last))), text.substr(last));
}

std::string lower(std::string text) {
  for (char& letter : text) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  return text;
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
          std::ranges::find_if(fields, [&](const std::string& field) { return lower(field) == name; });
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

// What separates the fields of all lines: a tab, a comma, or ' ' for blanks.
char separator_of(const fs::path& list, const fs::path& root, const std::vector<TextLine>& lines) {
  const auto all = [&](auto&& holds) { return std::ranges::all_of(lines, holds); };
  if (lines.empty()) return ' ';
  const auto has = [](char c) {
    return [c](const TextLine& line) { return trimmed(line.text).find(c) != std::string_view::npos; };
  };
  if (all(has('\t'))) return '\t';
  if (!all(has(','))) return ' ';
  const Fields first = split_fields(lines[0].text, ',');
  const std::size_t skipped = first.size() > 1 && columns_of(list, first) ? 1 : 0;
  if (skipped == 1) return ',';
  const bool videos_first = all([](const TextLine& line) {
    const Fields fields = split_fields(line.text, ',');
    return fields.size() > 1 && has_video_ending(fields[0]);
  });
  const bool no_blanks = all([](const TextLine& line) {
    return trimmed(line.text).find_first_of(kBlank) == std::string_view::npos && !has_video_ending(trimmed(line.text));
  });
  return videos_first || no_blanks || (first.size() > 1 && is_there(root / first[0])) ? ',' : ' ';
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

}  // namespace

VideoListing read_list(const fs::path& list, const fs::path& root) {
  std::error_code unknown;
  expect(!is_video_name(list) || fs::is_directory(list, unknown),
         "{}: is a video by its name, and a list is wanted: a text file that names a video in each line",
         list);
  std::vector<TextLine> lines = read_text_lines(list);
  VideoListing listing;
  std::vector<TextLine> used;
  used.reserve(lines.size());
  for (TextLine& line : lines) {
    if (is_comment(line.text)) {
      listing.entries.push_back({line.number, std::move(line.text), "", std::nullopt, true, ""});
    } else {
      used.push_back(std::move(line));
    }
  }
  const char separator = separator_of(list, root, used);
  std::vector<Fields> fields;
  fields.reserve(used.size());
  for (const TextLine& line : used) {
    fields.push_back(separator == ' ' ? split_at_blanks(line.text) : split_fields(line.text, separator));
  }
  std::optional<Columns> columns;
  if (!fields.empty()) columns = columns_of(list, fields[0]);
  if (columns) {
    used.erase(used.begin());
    fields.erase(fields.begin());
  } else {
    listing.has_positions = take_positions(fields, separator, root);
  }
  for (std::size_t i = 0; i < used.size(); ++i) {
    Fields& here = fields[i];
    const Columns at = columns.value_or(Columns{0, 1});
    ListEntry entry{used[i].number, std::move(used[i].text), "", std::nullopt, false, ""};
    if (columns ? here.size() <= std::max(at.path, at.label) : here.size() > 2) {
      entry.error = fmt::format("has {} fields: write `path label`, or name the columns in a first line, "
                                "`path,label`",
                                here.size());
    } else {
      entry.path = std::move(here[at.path]);
      while (entry.path.size() > 1 && entry.path.ends_with('/')) entry.path.pop_back();
      if (here.size() > at.label) entry.label = std::move(here[at.label]);
      if (entry.path.empty()) entry.error = "the path is empty: write `path label`";
    }
    listing.entries.push_back(std::move(entry));
  }
  std::ranges::sort(listing.entries, {}, &ListEntry::line);
  return listing;
}

}  // namespace c3d
