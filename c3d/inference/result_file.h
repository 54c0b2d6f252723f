// A file with a line for each video that grows as they are done: `.NAME.part`, renamed to NAME at the end; a
// link is followed. A run that was cut off leaves the lines of the videos it finished, and --resume keeps
// those whose origin is still the same. A pipe, a device or a terminal gets the lines as they come.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "c3d/inference/origin.h"
#include "engine/io/file.h"

namespace c3d {

// Where the lines of `path` stand until all are there.
std::filesystem::path unfinished_lines(const std::filesystem::path& path);

enum class OtherLines : std::uint8_t { keep, drop };

class ResultFile {
 public:
  // Starts anew. Error: a file under the name of the part holds something else than lines of ours.
  explicit ResultFile(const std::filesystem::path& path);
  // Keeps the lines, of the part or else NAME, that say "ok" of one of `videos` (in order) and of which
  // stale(video, its origin) is false; those of videos that are not among these stay, before the others,
  // or go.
  // Error: PATH cannot be resumed, as it keeps nothing, or holds something else.
  using Stale = std::function<bool(std::size_t video, const std::optional<Origin>& origin)>;
  ResultFile(const std::filesystem::path& path, const std::vector<Input>& videos, const Stale& stale,
             OtherLines others = OtherLines::keep);

  bool holds(std::size_t video) const { return kept_.contains(video); }
  // Without its line end; with the system when it returns.
  void add(std::size_t video, const std::string& line);
  void finish();  // all lines in the order of the videos
  // The same, with a last line behind them that is made from their CRC-32C. Of no pipe or device.
  void finish(const std::function<std::string(std::uint32_t sum)>& last_line);
  bool is_stream() const { return part_ == path_; }  // a pipe or a device

 private:
  void open();
  void rename();
  void keep_old_lines(const std::vector<Input>& videos, const Stale& stale, OtherLines others);
  std::string kept_text() const;

  std::filesystem::path path_, part_;  // equal: lines are written as they come
  bool resumed_ = false;
  std::uint32_t sum_ = 0;                    // of the lines of a run that is not resumed
  std::string other_lines_;                  // of videos that a resumed run does not name
  std::map<std::size_t, std::string> kept_;  // the lines of a resumed run, new ones too
  File file_;
};

}  // namespace c3d
