// The one reader of lists of videos, for training and for labelling. A line holds a path, and after it what
// the list says of the video:
//   a.avi ApplyEyeMakeup          label after blanks; it may hold blanks where the path's end can be told
//   a.avi 1 0                     first frame or number of frames, then the label: the original C3D's lists
//   "my clip" "Apply Eye Makeup"  in quotes, which a quote within doubles
//   a.avi,Apply Eye Makeup        fields between commas or tabs, where all lines have them; a first line of
//   path,label                    names, if there is one, says which columns are meant
// Lines that start with # are comments.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace c3d {

struct ListEntry {
  std::int64_t line = 0;             // from 1
  std::string text;                  // the whole line
  std::string path;                  // as written
  std::optional<std::string> label;  // none: the line is a path, or says no more
  bool comment = false;              // only `text` is set
  std::string_view error;            // not empty: why the line is no path with or without a label
};

struct VideoListing {
  std::vector<ListEntry> entries;
  bool has_positions = false;  // there was a column of first frames or of numbers of frames
};

// Relative paths are looked for in `root` where the text alone does not tell what is the path. Errors: those
// of read_text_lines(); a list that is a video by its name, or whose columns name no path.
VideoListing read_list(const std::filesystem::path& list, const std::filesystem::path& root);

}  // namespace c3d
