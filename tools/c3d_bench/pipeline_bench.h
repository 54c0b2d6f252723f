// How fast videos become what the network says of them: the readers, uploads and batches of c3d_infer, each
// stage by itself and all of them together.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "c3d/inference/batch_runner.h"
#include "c3d/inference/label_request.h"

namespace c3d {

struct PipelineRequest : NetworkRequest {
  std::string videos;       // a file or a folder
  bool has_network = true;  // false: videos are read, and nothing is computed
  double random_width = 1;  // of the network with random weights, where no weights are given
};

// Of one stage: the frames of the videos, and their clips, in a second.
struct StageRate {
  double frames_per_second = 0, clips_per_second = 0;
};

struct PipelineTimes {
  std::string decoder;                        // cpu or cuda
  std::string device, precision;              // empty: without a network
  std::vector<std::filesystem::path> failed;  // of the videos; the rates are those of the others
  std::int64_t videos = 0, frames = 0, clips = 0;
  int readers = 0;
  std::size_t batch = 0;
  // Of one reader alone: a second of decoding, a second of resizing, and a second of its whole work.
  StageRate decode, resize, one_reader;
  StageRate upload;   // of batches, by themselves
  StageRate network;  // of batches whose clips are there: uploaded, computed, results taken
  StageRate whole;    // with all readers; the median of the passes, as of one_reader
  double whole_seconds = 0;
  WaitCounts waits;           // of all passes of the whole
  int readers_that_feed = 0;  // so many read what the network computes; 0: without a network
};

// Videos that will be read, in order. Error: no such file or folder, or none in it.
std::vector<std::filesystem::path> pipeline_videos(const std::string& videos);

// A pass over all videos to warm up, then `repeats` of one reader and of the whole, in turn. Error: not one
// video can be read; what LoadedNetwork says of weights and window.
PipelineTimes measure_pipeline(Backend& backend, const PipelineRequest& request, int repeats);

std::string pipeline_table(const PipelineTimes& times);
std::string pipeline_json(const PipelineTimes& times, const std::string& command);

}  // namespace c3d
