// What TensorBoard shows of a folder of event files: what was written, less what later parts of a run took
// back. For a run that goes on, which adds what is missing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>

namespace c3d {

struct ShownEvents {
  bool has_files = false;
  std::map<std::string, std::map<std::int64_t, float>> scalars;  // by tag and step
  std::set<std::string> other_tags;                              // of pictures, texts and hyperparameters
};

// Of each file what stands before a record that is cut off or damaged. Error: a file cannot be read.
ShownEvents read_events(const std::filesystem::path& folder);

}  // namespace c3d
