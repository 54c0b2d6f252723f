// No output of a run may be one of its inputs, or another of its outputs. Files are told apart by device and
// inode, so that links, hard links and folders that do not tell cases apart hide nothing; those that are not
// there yet by the place they would get. Pipes, devices and terminals are written to and never replaced: any
// number of outputs may be one. A video that is there is no place for anything but a video, whoever reads it:
// what a list or a folder names is not known before it is read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "engine/io/file.h"

namespace c3d {

// What an output becomes.
enum class OutputBytes : std::uint8_t { video, other };

class OutputGuard {
 public:
  // `what` names it to people: "the video". A folder stands for all files in it, but not in folders below.
  void add_input(const std::filesystem::path& path, const std::string& what);
  // What videos are read from, where that is a list: with the list of classes beside it.
  void add_list(const std::filesystem::path& data);
  // `option` says which output it is: "--json". BadRequest: the file, or the one beside it in which its bytes
  // wait, is an input or an output that was added before, a picture among the frames of a folder that is an
  // input, or a video, which the output is none.
  void add_output(const std::filesystem::path& path, const std::string& option,
                  OutputBytes bytes = OutputBytes::other);

 private:
  struct Known {
    std::filesystem::path path;
    std::string what;
  };
  void look_into_folders();
  void expect_free(const std::filesystem::path& path, const std::string& option);
  std::filesystem::path place_of(const std::filesystem::path& path);

  std::map<FileIdentity, Known> inputs_;
  std::vector<Known> folders_;  // that nobody looked into yet
  std::map<FileIdentity, Known> input_folders_;
  std::map<FileIdentity, Known> outputs_;
  std::map<std::filesystem::path, Known> coming_;  // outputs that are not there yet
  std::map<std::filesystem::path, std::filesystem::path> real_folders_;
};

// Error, before any work is done for it: no file can be written at `path`, as its folder is not there or is
// closed to this user, or as it is a folder itself. Pipes and devices pass, and so does an empty path.
void expect_writable(const std::filesystem::path& path);

}  // namespace c3d
