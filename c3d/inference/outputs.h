// What a run of c3d_infer writes: where, that it overwrites nothing it reads, and that nobody else writes it
// at the same time.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "c3d/inference/label_request.h"
#include "c3d/inference/shards/division.h"
#include "engine/io/file_lock.h"

namespace c3d {

// One kind of output: a file for one video, or a folder with a file for each.
struct OutputKind {
  std::string option;            // "--features-out"
  std::filesystem::path target;  // as given; empty: not asked for
  bool is_folder = false;
  std::vector<std::filesystem::path> paths;  // of each input

  explicit operator bool() const { return !target.empty(); }
};

struct Outputs {
  OutputKind features, timeline, overlay, explanation;
  std::vector<std::string> ids;   // of each input in an HDF5 file of features, which then is the path of all
  std::filesystem::path json;     // empty: no file
  std::string shard;              // "2-of-6": others write to the same folders at the same time; else empty
  std::optional<ShardPlan> plan;  // of that shard; the videos and paths are its own
  bool json_to_output = false;    // standard output has the lines, and what is for people is elsewhere

  std::vector<const OutputKind*> asked_for() const;
};

Outputs outputs_of(const LabelRequest& request, Inputs& inputs);
// Error: an output is an input or another output, or cannot be what it is asked to be; --json's folder is
// not there; the HDF5 file that is there cannot be gone on with.
void check_outputs(const LabelRequest& request, const Inputs& inputs, const Outputs& outputs);
// Leaves only the shard's videos, and where their outputs go.
void take_shard(const ShardPlan& plan, Inputs& inputs, Outputs& outputs);
// For the life of the run. Makes the folders of outputs. Error: another process writes one of them.
std::vector<FileLock> lock_outputs(const Outputs& outputs);

}  // namespace c3d
