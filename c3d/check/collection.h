// The videos of a check, as training would have them, with all that the pass over them told.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "c3d/check.h"
#include "c3d/training/data_inspection.h"
#include "c3d/training/prepared_data.h"
#include "c3d/training/train_settings.h"

namespace c3d {

// A video that decodes; borrowed from the collection.
struct CollectedVideo {
  const Video* video = nullptr;
  const Dataset* dataset = nullptr;
  bool validates = false;
  VideoLook look;                             // empty where the index has none
  const VideoSignature* signature = nullptr;  // null: likewise

  const std::filesystem::path& file() const { return video->path; }
  std::vector<std::string> labels() const;
  double motion() const;   // levels of grey
  double seconds() const;  // by time stamps, or else by the header's rate; 0: neither is known
};

struct Collection {
  Collection() = default;
  Collection(const Collection&) = delete;
  Collection& operator=(const Collection&) = delete;

  TrainSettings settings;
  PreparedData data;
  DataInspection found;
  std::vector<CollectedVideo> videos;  // those that train first

  Dataset whole() const;  // all videos, as before they were split
  // Of a class a video, or where it has none the folder or list: a file to open.
  std::filesystem::path example_of(std::size_t label) const;
};

// Reads and splits the videos as a run with these options would, and sees whether it could begin. What would
// stop it is noted in `found`, also that no video could be found. Error: settings that are wrong.
std::unique_ptr<Collection> collect(const CheckOptions& options, const ProgressCallback& progress);

}  // namespace c3d
