// Trains a C3D on a folder of videos, and goes on with a run that was stopped.
//
//   c3d::TrainingOptions options{.out = "runs/first", .settings = {{"data", "videos"}, {"epochs", "20"}}};
//   const c3d::TrainingResult result = c3d::train(options);
//
// A run is its folder: settings, labels, metrics, weights, pictures, and the state it can be resumed from.
// The process may end at any moment; every file is written whole or not at all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "c3d/export.h"

namespace c3d {

// A setting: "learning_rate", "0.01".
using SettingValue = std::pair<std::string, std::string>;

struct TrainingOptions {
  std::filesystem::path out;          // the run's folder; made where it is not there
  bool resume = false;                // goes on with the run in `out`, whose settings are known
  std::filesystem::path config = {};  // a JSON file of settings; empty: none
  // Over those of the file; training_settings() lists them. {"tensorboard", "run"} writes event files for
  // TensorBoard into out/tensorboard, a path in place of `run` into that folder.
  std::vector<SettingValue> settings = {};
};

// The file that the setting `init` names: `motion` is the weights that are installed with the library, any other text is a path.
// Error: `motion` is not installed.
C3D_API std::filesystem::path starting_weights(const std::string& init);

struct SettingDescription {
  std::string name, unit, default_value, help;
  std::vector<std::string> choices;  // empty: any value of its kind
  bool may_change = false;           // when a run is resumed
};
C3D_API std::vector<SettingDescription> training_settings();

struct TrainingStep {
  std::int64_t step = 0, total_steps = 0;  // optimizer steps done and planned
  std::int64_t epoch = 0;                  // from 0
  double loss = 0, accuracy = 0;           // means over the clips since the last report
  double gradient_norm = 0, learning_rate = 0;
  double clips_per_second = 0, seconds_left = 0;
};

// Of a label, where videos have any number of them (the setting `targets`).
struct LabelEvaluation {
  std::int64_t videos = 0;        // that show it
  double average_precision = -1;  // negative: none does
  double threshold = 0.5;         // above which its probability says that it is there: of the best F1
  double f1 = 0;                  // with this threshold
};

struct TrainingEvaluation {
  std::int64_t step = 0;
  std::int64_t videos = 0, clips = 0;
  double clip_loss = 0, clip_accuracy = 0;           // of single clips
  double video_loss = 0, top1 = 0, top5 = 0;         // of videos, by the mean of their clips' probabilities
  std::vector<std::vector<std::int64_t>> confusion;  // videos by [truth][prediction]; empty with label sets
  // Of label sets: the mean of the labels' average precisions over videos and over single clips, and each
  // label, in the network's order. Negative, and empty: videos have one label each.
  double mean_average_precision = -1, clip_mean_average_precision = -1;
  std::vector<LabelEvaluation> labels = {};
};

// Each may be left empty. Called on the thread that called train(), between two steps; before the first step,
// `reading` and `stop_requested` come from the threads that read videos, one at a time. What one throws ends
// the run and comes through.
struct TrainingCallbacks {
  std::function<void(std::int64_t done, std::int64_t total)> reading;  // videos, before the first step
  std::function<void(const TrainingStep&)> step;
  std::function<void(const TrainingEvaluation&)> evaluation;
  std::function<void(const std::string&)> note;  // lines for people: what was ignored, what is trained ...
  // Asked after every step and every video that is read; true ends the run, after all that was learnt is
  // saved.
  std::function<bool()> stop_requested;
};

struct TrainingResult {
  bool finished = false;  // false: it was asked to stop. `patience` may finish it before total_steps
  std::int64_t step = 0, total_steps = 0;
  std::int64_t best_step = -1;  // -1: nothing was evaluated
  // Share of the validation videos, of label sets their mean average precision, after best_step.
  double best_top1 = 0;
  std::filesystem::path best, last;  // weights; empty: there are none
  std::vector<std::string> labels;   // of the classes, in the network's order
};

// Returns when the run has ended. One process trains in a folder at a time; runs in different folders may be
// on different threads. Error: settings that are wrong or do not fit the run that is resumed, videos that
// cannot be used, a device that is not there, no memory or disk for it, a loss that is not finite.
C3D_API TrainingResult train(const TrainingOptions& options, const TrainingCallbacks& callbacks = {});

// A cross-validation: the videos are parted into folds, each of which validates a run that trains on the
// others.
struct FoldResult {
  std::int64_t fold = 0;        // from 1
  std::filesystem::path run;    // its folder
  std::int64_t best_step = -1;  // of all evaluations of this fold, which its own videos chose
  double best_top1 = 0;
  TrainingEvaluation last;  // after its last step
};

struct FoldStatistic {
  double mean = 0;
  double deviation = 0;  // standard, of a sample: over the number of folds less one; 0 of one fold
};

struct CrossValidationResult {
  bool finished = false;          // false: it was asked to stop
  std::vector<FoldResult> folds;  // those that are finished
  // Of `last` over these folds; 0 where none is finished.
  FoldStatistic clip_loss, clip_accuracy, video_loss, top1, top5;
  FoldStatistic mean_average_precision, clip_mean_average_precision;  // of label sets; else negative
  std::vector<std::vector<std::int64_t>> confusion;  // the videos of these folds by [truth][prediction]
  std::vector<std::string> labels;                   // of the classes, in the network's order
  std::filesystem::path summary;                     // folds.json, with all of this
};

// Trains one fold after the other, in out/fold-1, out/fold-2 ..., each a run like any other. Groups of videos
// (`group_regex`) stay together; each class is spread over the folds as evenly as its groups allow; `seed`
// decides between equal ways. With `resume` finished folds stay as they are, and the one that was stopped
// goes on; `folds` may then be 0: as many as there were. The callbacks are those of train(), for every fold
// in turn. Error: as of train(); fewer than 2 folds or more than groups of videos; videos given for
// validation; other videos than the earlier folds had.
C3D_API CrossValidationResult cross_validate(const TrainingOptions& options, std::int64_t folds,
                                             const TrainingCallbacks& callbacks = {});

}  // namespace c3d
