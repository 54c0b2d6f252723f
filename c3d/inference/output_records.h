// Says of the files in a folder of outputs what made each: one file for all of them, hidden,
// `.c3d_infer.jsonl` in the folder; of a single output `.NAME.c3d_infer.jsonl` beside it. It grows by a line
// when an output is complete, so that a killed run loses nothing, and names outputs as seen from the folder,
// so that the folder can be moved. Used under the output's lock, by one thread.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "c3d/inference/origin.h"
#include "engine/io/file.h"

namespace c3d {

// Where the records of `target` stand: one place, however the folder is called.
std::filesystem::path records_file(const std::filesystem::path& target, bool is_folder,
                                   const std::string& shard = "");
// Whether a run, or a shard of one, has left records there.
bool has_records(const std::filesystem::path& target, bool is_folder);

class OutputRecords {
 public:
  // Reads what is there; lines that are cut off are passed over. Error: what stands there is no file, or
  // holds something else.
  OutputRecords(const std::filesystem::path& target, bool is_folder, const std::string& shard = "");
  // Another name of the folder: outputs may be given below each.
  void call_folder(const std::filesystem::path& name) { folders_.push_back(name); }

  // Why `output`, which is there, must be made anew: see difference(). Empty: it need not.
  std::string complaint(const std::filesystem::path& output, const Origin& now) const;
  // These will be made anew: what is known of them holds no longer, also if this run is killed. add() may
  // follow.
  void forget(const std::vector<std::filesystem::path>& outputs);
  void add(const std::filesystem::path& output, const Origin& origin);
  // Of the output, as Origin has it. Empty: nothing says it.
  std::string recipe_file(const std::filesystem::path& output) const;
  // Of all outputs. Empty: nothing says it. Error: they were not all made alike.
  std::string recipe_file_of_all() const;

 private:
  struct How {
    Recipe recipe;
    std::string recipe_file;
  };
  struct Record {
    std::string recipe;  // its fingerprint
    Source source;
    // Of the output; of a folder of files their sum, and when the last of them changed.
    std::uint64_t bytes = 0;
    std::int64_t modified = -1;
  };
  using Records = std::multimap<std::string, Record>;  // by output
  void read_own();
  void read_line(const std::string& line, Records& records);
  std::vector<const Record*> records_of(const std::filesystem::path& output) const;  // own ones first
  static bool is_of(const Record& record, const std::filesystem::path& output);
  static Record record_of(const std::filesystem::path& output, const std::string& recipe,
                          const Source& source);
  std::string name_of(const std::filesystem::path& output) const;
  static std::string line_of(const std::string& name, const Record& record);
  static std::string line_of(const std::string& id, const How& how);

  std::filesystem::path path_;
  std::vector<std::filesystem::path> folders_;  // names of one folder
  std::map<std::string, How> recipes_;          // by fingerprint
  Records records_;                             // one of each output
  Records elsewhere_;                           // of other shards, or of runs over all videos; only read
  std::set<std::string> written_recipes_;
  File file_;
};

}  // namespace c3d
