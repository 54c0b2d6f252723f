// An evaluation by several processes: each judges a part of the videos, and keeps what the network said of every clip of them; whoever
// has all of it counts as one process would have, so that no number depends on how many they were.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "c3d/evaluation/evaluation_request.h"
#include "c3d/inference/inputs.h"
#include "c3d/inference/origin.h"
#include "c3d/inference/shards/division.h"
#include "c3d/inference/video_result.h"

namespace c3d {

// The file of one shard, beside the one that --json names: a line for each video, and one that says which shard it is.
class JudgedShard {
 public:
  // `recipe`: how the clips' probabilities are made.
  JudgedShard(const EvaluationRequest& request, const std::vector<Input>& inputs, const Recipe& recipe);
  ~JudgedShard();

  const std::filesystem::path& path() const;
  const ShardPlan& plan() const;
  void add(const VideoResult& result);  // in the order of the plan's places
  void finish();

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

// What all shards have judged, video by video in the order of the list: a file's name, its error or its frames and probabilities.
// BadRequest: as merge_shards() has it, or they are of another list or recipe than this one.
void read_judged(const EvaluationRequest& request, const std::vector<Input>& inputs, const Recipe& recipe,
                 const std::function<void(const VideoResult&)>& video);

}  // namespace c3d
