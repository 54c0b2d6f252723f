// One run put together: the network and its parameters, the loaders, the Trainer, and what is saved when.
// Borrows backend, settings and data.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "c3d/training/jsonl_sink.h"
#include "c3d/training/prepared_data.h"
#include "c3d/training/run_folder.h"
#include "c3d/training/tensorboard_log.h"
#include "c3d/training/time_budget.h"
#include "data/clip_loader.h"
#include "engine/train/trainer.h"
#include "model/c3d.h"
#include "model/model_file.h"

namespace c3d {

// The listener of a run while it goes on; called by the thread that runs it.
struct RunWatcher {
  MetricSink& metrics;
  std::function<void(const std::string&)> note;  // a line for people
  std::function<bool()> stop_requested;          // asked after each step and between evaluated batches
};

class RunReporter;

class TrainSession {
 public:
  // Starting weights are made, or read where settings.init says so; a run that goes on needs none. Error
  // before any memory is taken: classes that no file can hold, more memory than there is.
  enum class Start : std::uint8_t { anew, from_checkpoint };
  // ranks: borrowed, and as of Trainer.
  TrainSession(Backend& backend, const TrainSettings& settings, const PreparedData& data,
               const std::array<float, 3>& mean, Start start, Communicator* ranks = nullptr);

  // Puts back what save() kept, and writes weights anew that are gone, where they are those of the state's
  // step. Error when the videos are others than they were. What a person should know of it, in lines, or
  // nothing.
  std::string restore(const Checkpoint& checkpoint, const RunFolder& folder);
  // Of a folder without a state. Error: its metrics show that there was one.
  void expect_no_checkpoint_yet(const RunFolder& folder) const;
  // To the end, or until the watcher asks to stop. Metrics go to the watcher, from `keep_metric_bytes` on to
  // the folder's metrics.jsonl, and where the settings say so to TensorBoard. Error, after all that was
  // learnt is saved: too many videos cannot be read any more.
  RunEnd run(const RunFolder& folder, std::uint64_t keep_metric_bytes, const RunWatcher& watcher);

  // Of a rank that does not lead: as run(), and no file is written.
  RunEnd follow(const std::function<bool()>& stop_requested);
  // What the lead has restored, or starts from, on all ranks, and how the lead's backend computes. Collective.
  void follow_lead();

  // "memory needed, estimated time" of --dry-run; measures one step.
  std::string estimate();
  // Makes real steps, so that the session is good for nothing after. session_speed.h says what it is for.
  SessionSpeed measure_speed(double seconds, const std::function<void()>& check);
  std::uint64_t disk_bytes() const;  // of the run's files, while they are replaced
  std::int64_t total_steps() const { return config_.schedule.total_steps; }
  bool has_best() const { return has_best_; }  // weights that a user can go by
  const TrainState& state() const { return trainer_->state(); }
  const EvaluationReport& last_evaluation() const { return last_evaluation_; }
  std::string description() const;

 private:
  void start_weights();
  std::unique_ptr<TensorBoardLog> start_events(const RunFolder& folder, const RunWatcher& watcher) const;
  void note_other_frames(const NamedTensors& weights);
  void save_weights(const std::filesystem::path& path) const;
  void save_best(const RunFolder& folder);
  void save_state(const RunFolder& folder, JsonlSink& metrics);
  void save(const RunFolder& folder, JsonlSink& metrics);
  std::string mend_weights(const RunFolder& folder);
  std::vector<BrokenVideo> failures() const;
  void watch_failures(const std::function<void(const std::string&)>& say);
  std::string why_over() const;  // before the last step
  void draw(const RunWatcher& watcher, const std::function<void()>& picture);
  void report(const RunWatcher& watcher, const char* file, const std::function<void()>& write);
  void write_page(const RunWatcher& watcher, RunReporter& reporter, const std::function<void()>& page);
  bool make_heat(const RunWatcher& watcher, RunReporter& reporter) const;
  // repair: what to do before the run can go on.
  void add_way_on(Error& error, const RunFolder& folder, const char* repair) const;

  Backend& backend_;
  SingleProcess alone_;
  Communicator& ranks_;
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
  bool has_state_ = false;  // the folder has one
  bool has_best_ = false;   // and these weights, undamaged
  std::int64_t saved_step_ = -1;
  std::size_t reported_failures_ = 0;
  std::optional<Error> too_many_failures_;
  bool drawing_failed_ = false;
  std::set<std::string> unwritten_;  // files of the report, each said once
};

}  // namespace c3d
