// A whole run of training, from the request to the last file: the order of things, and what people are told.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "c3d/training/prepared_data.h"
#include "c3d/training/run_request.h"
#include "engine/distributed/communicator.h"
#include "engine/train/checkpoint.h"
#include "engine/train/report.h"

namespace c3d {

// What a request to stop would stop.
enum class RunPhase : std::uint8_t { reading, prepared, prepared_to_go_on, training, over };

// The listener of a run. Called by the thread that runs it, but for reading() and stop_requested(), which any
// thread that reads videos may call, one at a time.
class RunObserver {
 public:
  virtual ~RunObserver() = default;
  virtual void enter(RunPhase phase) = 0;
  // Of a run that will train, before anything of it is written. What is thrown ends it.
  virtual void prepared(const PreparedData& /*data*/) {}
  virtual void say(const std::string& lines) = 0;  // without the last line end
  virtual void reading(std::int64_t done, std::int64_t total) = 0;
  virtual bool stop_requested() = 0;
  virtual MetricSink& metrics() = 0;  // asked for once, in RunPhase::training
};

enum class RunEnding : std::uint8_t {
  finished,
  stopped,
  stopped_before_a_step,
  dry
};  // dry: nothing was to be trained

struct RunOutcome {
  RunEnding ending = RunEnding::dry;
  TrainState state;
  std::int64_t total_steps = 0;
  bool has_best = false;  // best.safetensors is there, undamaged
  EvaluationReport last_evaluation;
  std::vector<std::string> labels;
  std::filesystem::path example;  // a video that the network can be tried on
};

// ranks: that train together, borrowed; nullptr: this process alone. The observers of ranks that do not lead hear of phases
// and are asked whether to stop, and no more. All ranks return alike, or throw; RankFailure where people were told why.
RunOutcome run_training(const RunRequest& request, RunObserver& observer, Communicator* ranks = nullptr);

}  // namespace c3d
