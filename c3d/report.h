// What a run of training left: its numbers, pictures of them, and its page; and the page of labelled videos.
//
// Every function may be called from any thread, also while the run goes on. Error: the folder holds no run,
// or a picture or page cannot be written.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "c3d/export.h"
#include "c3d/training.h"
#include "c3d/video_classifier.h"

namespace c3d {

struct RunReport {
  std::vector<std::string> labels;              // of the classes, in the network's order
  std::vector<TrainingStep> steps;              // those that were reported
  std::vector<TrainingEvaluation> evaluations;  // `confusion` is empty but for the last one's
};
// `run`: its folder.
C3D_API RunReport read_run(const std::filesystem::path& run);

// Writes report.html in the run's folder anew (docs/report.md), and returns its path. Pictures of videos that
// it lacks are made for up to ten seconds, from their files. Error: the folder holds no run, or cannot be
// written to.
C3D_API std::filesystem::path write_report(const std::filesystem::path& run);

// A page about videos that a VideoClassifier labelled (docs/report.md): which labels were seen and how
// certainly, the least and the most certain videos with their frames, a table of all, and what failed.
struct LabelPage {
  std::vector<std::string> labels = {};       // VideoClassifier::labels()
  bool has_label_sets = false;                // VideoClassifier::has_label_sets()
  std::vector<LabeledVideo> videos = {};      // those that failed, too
  bool constant_rate = false;                 // as ClipOptions said for them
  std::string fps = {};                       // as ClipOptions said; empty: each frame of the file
  std::filesystem::path weights = {};         // for the page's commands; empty: it has none
  std::string network = {};                   // VideoClassifier::description(), or nothing
  std::vector<std::string> passed_over = {};  // what was no video, a line each
};
// One file that loads nothing; returns its path. Pictures are made of the videos' files, for up to 15
// seconds. A video that cannot be read any more has none, and the page says why. Error: `html` cannot be
// written, or a label is none of `labels`.
C3D_API std::filesystem::path write_label_page(const LabelPage& page, const std::filesystem::path& html);

// Writes metrics.jsonl of the run's folder as a table, CSV: a row for each step, with the evaluation after
// it, a column for each key, those of evaluations as validation_KEY; empty where a line has none. Error: the
// folder holds no run that has reported something, the table cannot be written, or it is a file of the run.
C3D_API void write_metrics_table(const std::filesystem::path& run, const std::filesystem::path& csv);

// Whether this build draws: without Cairo the functions below are an Error.
C3D_API bool can_draw_pictures();
// Loss and accuracy by step, of label sets the mean average precision too, below them learning rate, gradient
// norm and clips a second, as a PNG.
C3D_API void draw_training_curves(const RunReport& report, const std::filesystem::path& png);
// Probability of each of the strongest labels over the time of a video, as a PNG, from what
// VideoClassifier::score_videos() gave for it. labels, thresholds: the classifier's.
C3D_API void draw_label_timeline(const LabeledVideo& video, const VideoProbabilities& probabilities,
                                 const std::vector<std::string>& labels,
                                 const std::vector<double>& thresholds, const std::filesystem::path& png);
// Of the last evaluation. Error: there is none, or its videos have any number of labels each.
C3D_API void draw_confusion_matrix(const RunReport& report, const std::filesystem::path& png);

}  // namespace c3d
