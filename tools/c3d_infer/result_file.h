// A file with a line for each video that grows as they are done: PATH.part, renamed to PATH at the end. A run
// that was cut off leaves the lines of the videos it finished, and --resume keeps them.
#pragma once

#include <cstdio>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "engine/core/handle.h"

namespace c3d {

class ResultFile {
 public:
  using Finished = std::function<bool(std::size_t video)>;

  // Starts anew.
  explicit ResultFile(std::filesystem::path path);
  // Keeps the lines, of PATH.part or else PATH, that say "ok" of one of `videos` (their names, in order) and
  // of which `finished` is true: those whose other outputs are there.
  ResultFile(std::filesystem::path path, const std::vector<std::string>& videos, const Finished& finished);

  bool holds(std::size_t video) const { return kept_.contains(video); }
  void add(std::size_t video,
           const std::string& line);  // without its line end; with the system when it returns
  void finish();                      // all lines in the order of the videos

 private:
  void open(const char* mode);

  std::filesystem::path path_, part_;
  bool resumed_ = false;
  std::map<std::size_t, std::string> kept_;  // the lines of a resumed run, new ones too
  Handle<std::FILE, std::fclose> file_;
};

}  // namespace c3d
