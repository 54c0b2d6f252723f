// Which videos to label: files, folders, lists of paths and standard input, in the order given.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "c3d/inference/standard_input.h"

namespace c3d {

struct Input {
  std::string name;                // as given: what results call it
  std::filesystem::path path;      // to read
  std::filesystem::path relative;  // below the folder it was found in: where its own outputs go in a folder
  std::string error;               // not empty: there is nothing to read

  bool is_standard_input() const { return name == "-"; }
};

struct Inputs {
  std::vector<Input> videos;
  bool several = false;  // outputs named for each video go into a folder
  std::optional<StandardInput> standard_input;
  std::vector<std::string> notes{};  // for people: what was passed over; fit for a terminal
};

// Files are tried whatever their name; folders give the videos in them and below, sorted by path, and the
// folders in them that cannot be read; "-" is standard input. Lists hold a path a line, relative ones
// starting at the current folder, or at the list's own where nothing is there. A list to train by
// (data/list_entries.h) is one, too: of a line that is no path, the part before the label is taken. What
// arguments name twice is there once; a list may repeat itself. Error: a list of which nothing is there.
Inputs find_inputs(const std::vector<std::string>& arguments,
                   const std::vector<std::filesystem::path>& lists);

}  // namespace c3d
