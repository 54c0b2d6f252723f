// Judges a trained C3D by videos whose labels are known.
//
//   const c3d::Evaluation result = c3d::evaluate({.data = "test.txt", .weights = "best.safetensors"});
//   std::cout << c3d::evaluation_text(result);
//
// The score of a video is the mean of its clips' probabilities, as in training and in VideoClassifier. The
// numbers are those of scikit-learn, with zero_division=0: what would divide by nothing is 0.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "c3d/export.h"
#include "c3d/video_classifier.h"

namespace c3d {

struct EvaluationOptions {
  // A list of `path label` lines, or a folder with a folder per class, as those of training. Numbers in a
  // list count the network's classes from 0, or as a classInd.txt beside it says.
  std::filesystem::path data;
  std::filesystem::path weights;       // of any format that c3d/weights.h reads
  std::filesystem::path root = {};     // of relative paths; empty: the list's own folder
  std::filesystem::path classes = {};  // a classInd.txt; empty: the one beside the list
  NetworkOptions network = {};
  ClipOptions clips = {};

  // Files to write; empty: none. docs/evaluate.md says what they hold.
  std::filesystem::path predictions = {};          // JSON lines, one for each video
  std::filesystem::path confusion = {};            // a table, CSV
  std::filesystem::path confusion_picture = {};    // PNG
  std::filesystem::path reliability_picture = {};  // PNG
  std::filesystem::path page = {};                 // HTML, one file that loads nothing
};

struct ClassEvaluation {
  std::string name;
  std::int64_t shown = 0;  // videos, or clips, that show it
  std::int64_t told = 0;   // of which the network tells it; of label sets: above the threshold
  std::int64_t right = 0;  // both
  double precision = 0, recall = 0, f1 = 0;
  double average_precision = -1;  // negative: nothing shows it
  double threshold = 0;           // of label sets; else 0
};

struct EvaluationAverages {
  double precision = 0, recall = 0, f1 = 0;
};

struct ReliabilityBin {
  std::int64_t count = 0;             // predictions; of an empty bin the means are 0
  double probability = 0, right = 0;  // their mean probability, and the share of them that is right
};

// Whether probabilities are right as often as they say (Guo et al. 2017, "On calibration of modern neural
// networks"): those of the likeliest classes; of label sets those of all labels.
struct EvaluationCalibration {
  std::vector<ReliabilityBin> bins;  // ten of equal width, by the probability
  double error = 0;                  // expected calibration error over these bins
  // T with which softmax(log(p) / T), of label sets sigmoid(logit(p) / T), has the least negative log
  // likelihood, from 0.01 to 100; above 1: the network is too sure. It was fitted to what it is judged by.
  double temperature = 1;
  double scaled_loss = 0, scaled_error = 0;  // at this temperature
};

struct EvaluationNumbers {
  std::int64_t count = 0;             // videos, or clips
  double loss = 0;                    // cross-entropy, of label sets the mean of the labels' binary ones
  double top1 = 0, top5 = 0;          // shares; of label sets: one of the likeliest labels is there
  double mean_class_accuracy = -1;    // recall, over classes that something shows; negative: label sets
  double mean_average_precision = 0;  // over these classes, too
  // macro: over classes that something shows or is taken for, of label sets over all labels. weighted: each
  // class by how many show it.
  EvaluationAverages macro = {}, weighted = {};
  std::vector<ClassEvaluation> classes = {};              // in the network's order
  std::vector<std::vector<std::int64_t>> confusion = {};  // [truth][told]; empty: label sets
  EvaluationCalibration calibration = {};
};

struct JudgedVideo {
  std::filesystem::path file;
  std::string error;        // not empty: it could not be judged, and this is why
  std::vector<int> truth;   // the classes that it shows, rising; one, unless it is a label set
  std::int64_t frames = 0;  // below: of one that was judged
  std::int64_t clips = 0;
  double loss = 0;
  std::vector<double> probabilities = {};  // of each class: the means over its clips
};

struct Evaluation {
  std::filesystem::path data, weights;
  std::string description;          // of the device and the network, a line each
  std::vector<std::string> labels;  // of the classes, in the network's order
  bool has_label_sets = false;
  EvaluationNumbers videos, clips;
  std::vector<JudgedVideo> judged;     // all that the list names, in its order
  std::int64_t failed = 0;             // of these
  std::vector<std::size_t> worst;      // places of the 20 videos with the largest loss, the worst first
  std::vector<std::string> notes;      // of how folders and lists were read, for people
  std::vector<std::string> unwritten;  // why files could not be written in the end, a line each
};

// Each may be left empty. Called on the thread that called evaluate(). What one throws ends the evaluation and
// comes through.
struct EvaluationCallbacks {
  std::function<void(std::int64_t done, std::int64_t total)> judging;  // videos
  std::function<void(const std::string& lines)> note;                  // for people, before the first video
  std::function<bool()> stop_requested;  // true ends it: an Error says that it was stopped
};

// May be called from any thread. A video that cannot be read is said in `judged`, and the others are judged
// without it. Error: weights that cannot be used, a label that they do not know, an output that would
// overwrite an input or is seen not to be writable before the work, no video that can be read, or it was
// asked to stop.
C3D_API Evaluation evaluate(const EvaluationOptions& options, const EvaluationCallbacks& callbacks = {});

// For a terminal: the numbers, the classes, the worst videos and those that failed. Ends with a line end.
C3D_API std::string evaluation_text(const Evaluation& evaluation);
// For programs: one object with all numbers, in lines; docs/evaluate.md lists its fields. Names that are not
// UTF-8 are spelled "percent-encoded:" and their bytes.
C3D_API std::string evaluation_json(const Evaluation& evaluation);

}  // namespace c3d
