// What a check of the videos learns while they are prepared. With it preparing goes on past what would stop a
// run of training, as long as there is something to go on with.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "c3d/training/data_warnings.h"
#include "data/video_index.h"
#include "engine/core/error.h"

namespace c3d {

struct DataInspection {
  std::vector<std::string> stops;          // what would stop a run, in the order in which it would
  std::vector<std::string> reading_notes;  // of how folders, lists and the cache were read
  bool is_split_by_group = false;          // nobody named the videos that validate
  std::vector<BrokenVideo> unread;         // left out, for a reason that may pass
  std::vector<VideoWarning> warnings;      // of the decoder
  Signatures signatures;
  std::map<std::filesystem::path, VideoLook> looks;
};

// Does what may find that a run would stop. Its Error is thrown, or noted where there is an inspection.
template <typename Work>
void judge(DataInspection* inspection, const Work& work) {
  try {
    work();
  } catch (const Error& error) {
    if (inspection == nullptr) throw;
    inspection->stops.push_back(error.message());
  }
}

}  // namespace c3d
