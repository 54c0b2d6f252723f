// One run put together: the network and its parameters, the loaders, the Trainer, and what is saved when.
// Borrows backend, settings and data.
#pragma once

#include <memory>
#include <string>

#include "data/clip_loader.h"
#include "engine/train/trainer.h"
#include "model/c3d.h"
#include "tools/c3d_train/prepared_data.h"
#include "tools/c3d_train/run_folder.h"
#include "tools/c3d_train/stop_signals.h"
#include "tools/shared/console_sink.h"
#include "tools/shared/jsonl_sink.h"
#include "tools/shared/model_file.h"

namespace c3d {

class TrainSession {
 public:
  // Starting weights are made, or read where settings.init says so.
  TrainSession(Backend& backend, const TrainSettings& settings, const PreparedData& data,
               const std::array<float, 3>& mean);

  // Puts back what save() kept. Error when the videos are others than they were. What a person should know of
  // it, in a line, or nothing.
  std::string restore(const Checkpoint& checkpoint);
  // To the end or to a signal. Metrics go to the console and, from `keep_metric_bytes` on, to the folder's
  // metrics.jsonl.
  RunEnd run(const RunFolder& folder, std::uint64_t keep_metric_bytes, ConsoleSink& console,
             StopSignals& signals);

  // "memory needed, estimated time" of --dry-run; measures one step.
  std::string estimate();
  std::uint64_t disk_bytes() const;  // of the run's files, while they are replaced
  std::int64_t total_steps() const { return config_.schedule.total_steps; }
  const TrainState& state() const { return trainer_->state(); }
  const EvaluationReport& last_evaluation() const { return last_evaluation_; }
  std::string description() const;

 private:
  void declare_scales();
  void start_weights();
  void note_other_frames(const NamedTensors& weights);
  TrainConfig train_config() const;
  LoaderOptions loader_options(bool training) const;
  void save_weights(const std::filesystem::path& path) const;
  void save(const RunFolder& folder, JsonlSink& metrics) const;
  void watch_failures(ConsoleSink& console);

  Backend& backend_;
  const TrainSettings& settings_;
  const PreparedData& data_;
  ModelInfo info_;
  std::string note_;
  ParameterStore parameters_;
  C3d model_;
  std::unique_ptr<ClipLoader> train_, validation_;
  TrainConfig config_;
  std::unique_ptr<Trainer> trainer_;
  EvaluationReport last_evaluation_;
  std::size_t reported_failures_ = 0;
};

}  // namespace c3d
