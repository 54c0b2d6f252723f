// Which videos to label: files, folders, lists of paths and standard input, in the order given.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace c3d {

// A file that is gone when its owner is.
class TemporaryFile {
 public:
  // Holds all that standard input gives.
  static TemporaryFile of_standard_input();
  TemporaryFile(TemporaryFile&& other) noexcept;
  TemporaryFile& operator=(TemporaryFile&&) = delete;
  ~TemporaryFile();
  const std::filesystem::path& path() const { return path_; }

 private:
  explicit TemporaryFile(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

struct Input {
  std::string name;                // as given: what results call it
  std::filesystem::path path;      // to read
  std::filesystem::path relative;  // below the folder it was found in: where its own outputs go in a folder
  std::string error;               // not empty: there is nothing to read
};

struct Inputs {
  std::vector<Input> videos;
  bool several = false;  // outputs named for each video go into a folder
  std::optional<TemporaryFile> standard_input;
  std::vector<std::string> notes{};  // for people: what was passed over; fit for a terminal
};

// Files are tried whatever their name; folders give the videos in them and below, sorted by path, and the
// folders in them that cannot be read; "-" is standard input. Lists hold a path a line, relative ones
// starting at the current folder, or at the list's own where nothing is there. A list to train by
// (data/list_entries.h) is one, too: of a line that is no path, the part before the label is taken.
Inputs find_inputs(const std::vector<std::string>& arguments,
                   const std::vector<std::filesystem::path>& lists);

// Where the output of each video goes: to `target` itself for one video, else into a folder of that name, in
// which videos keep their place and get `extension`. Of two with the same name the second becomes NAME-2.
std::vector<std::filesystem::path> output_paths(const Inputs& inputs, const std::filesystem::path& target,
                                                const std::string& extension);
void make_folder_of(const std::filesystem::path& file);

}  // namespace c3d
