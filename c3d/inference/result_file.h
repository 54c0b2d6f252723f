// A file with a line for each video that grows as they are done: `.NAME.part`, renamed to NAME at the end; a
// link is followed. A run that was cut off leaves the lines of the videos it finished, and --resume keeps
// those whose origin is still the same. A pipe, a device or a terminal gets the lines as they come.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "c3d/inference/origin.h"
#include "engine/io/file.h"

namespace c3d {

class ResultFile {
 public:
  // Starts anew. Error: a file under the name of the part holds something else than lines of ours.
  explicit ResultFile(const std::filesystem::path& path);
  // Keeps the lines, of the part or else NAME, that say "ok" of one of `videos` (in order) and of which
  // stale(video, its origin) is false; those of videos that are not among these stay, before the others.
  // Error: PATH cannot be resumed, as it keeps nothing, or holds something else.
  using Stale = std::function<bool(std::size_t video, const std::optional<Origin>& origin)>;
  ResultFile(const std::filesystem::path& path, const std::vector<Input>& videos, const Stale& stale);

  bool holds(std::size_t video) const { return kept_.contains(video); }
  // Without its line end; with the system when it returns.
  void add(std::size_t video, const std::string& line);
  void finish();  // all lines in the order of the videos

 private:
  void open();
  void keep_old_lines(const std::vector<Input>& videos, const Stale& stale);
  std::string kept_text() const;

  std::filesystem::path path_, part_;  // equal: lines are written as they come
  bool resumed_ = false;
  std::string other_lines_;                  // of videos that a resumed run does not name
  std::map<std::size_t, std::string> kept_;  // the lines of a resumed run, new ones too
  File file_;
};

}  // namespace c3d
