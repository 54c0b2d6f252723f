// The event files of a run, for TensorBoard: all numbers of metrics.jsonl, each under "train/KEY" or
// "validation/KEY", those of single classes under groups of their own; the settings as a text and as
// hyperparameters with the final metrics; the first training clips and the confusion matrices as pictures.
//
// They are a by-product: what cannot be written is said once, and ends no run. No function throws. One
// thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "c3d/report/tensorboard/event_writer.h"
#include "c3d/report/tensorboard/shown_events.h"
#include "c3d/training/jsonl_sink.h"
#include "c3d/training/run_folder.h"
#include "c3d/training/train_settings.h"
#include "engine/train/report.h"

namespace c3d {

// The setting `tensorboard`: the value for a folder in the run's own.
inline constexpr const char* kRunEvents = "run";

// Where a run's event files are; empty: it writes none. Each fold of a cross-validation has its own folder.
std::filesystem::path event_folder(const TrainSettings& settings, const RunFolder& folder);

class TensorBoardLog : public MetricSink {
 public:
  // labels: of the classes, in the network's order. note: takes a line for people.
  TensorBoardLog(std::filesystem::path folder, std::vector<std::string> labels,
                 std::function<void(const std::string&)> note);

  // Before the first report. `kept`: what metrics.jsonl holds, which the run goes on from; what the event
  // files lack of it is added, and what they have beyond it taken back. `seconds`: that the run has taken so
  // far. clips_png: draws the training clips, for a new run; empty: nothing is drawn.
  void start(const TrainSettings& settings, const MetricHistory& kept, double seconds,
             const std::function<std::string()>& clips_png);
  void on_step(const StepReport& report) override;
  void on_evaluation(const EvaluationReport& report) override;
  void add_confusion(std::int64_t step, const std::string& png);
  void sync();    // what was reported is on the disk when this returns
  void finish();  // the run has made its last step

 private:
  void attempt(const std::function<void()>& work);
  void describe(EventWriter& writer, const TrainSettings& settings,
                const std::function<std::string()>& clips_png);
  void add_missing(EventWriter& writer, const MetricHistory& kept, std::int64_t from, double seconds);

  std::filesystem::path folder_;
  std::vector<std::string> labels_;
  std::function<void(const std::string&)> note_;
  std::optional<EventWriter> writer_;
  bool is_finished_ = false;  // the files say so
  bool failed_ = false;       // which was said
};

// The scalars of a report, of all but `step`, `event` and `split`.
std::vector<EventScalar> event_scalars(const StepReport& report);
std::vector<EventScalar> event_scalars(const EvaluationReport& report,
                                       const std::vector<std::string>& labels);
// All settings, those that differ from their defaults first.
std::vector<HyperParameter> hyperparameters(const TrainSettings& settings);
// The first step from which on the event files say something else than the metrics; nullopt: they say the
// same.
std::optional<std::int64_t> first_difference(const ShownEvents& shown, const MetricHistory& kept);

}  // namespace c3d
