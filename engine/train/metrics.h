// What is counted while training and evaluating: running means, hits among the k best, and the tally that
// turns the scores of clips into an EvaluationReport. Host memory only; one thread.
#pragma once

#include <map>
#include <span>

#include "engine/train/batch_source.h"
#include "engine/train/report.h"
#include "engine/train/scored_item.h"
#include "engine/train/video_score.h"

namespace c3d {

class RunningMean {
 public:
  void add(double value, std::int64_t count = 1) {
    sum_ += value * static_cast<double>(count);
    count_ += count;
  }
  std::int64_t count() const { return count_; }
  double mean() const { return count_ == 0 ? 0 : sum_ / static_cast<double>(count_); }

 private:
  double sum_ = 0;
  std::int64_t count_ = 0;
};

// Rows whose label is among the k largest scores (of equal ones the smaller index is the larger). scores
// [N,classes] labels_i32 [N]; a row with label -1 counts for nothing.
std::int64_t top_k_correct(ConstTensor scores, ConstTensor labels_i32, std::int64_t k);

// Rows whose largest score is of a class in their set (label_sets f32 [N,classes], above 1/2: it is). A row
// whose set begins with a negative number counts for nothing.
std::int64_t first_in_set(ConstTensor scores, ConstTensor label_sets);

// Of clips with labels, or, where their batches bring label sets, with these.
class EvaluationTally {
 public:
  explicit EvaluationTally(std::int64_t classes) : classes_(static_cast<std::size_t>(classes)) {}

  // probabilities f32 [N,classes]  losses f32 [N], of the batch's rows; its origins say which video a row
  // belongs to.
  void add(ConstTensor probabilities, ConstTensor losses, const Batch& batch);
  // One clip of a video, whose loss follows from its probabilities. truth: the classes that the video shows,
  // rising; one, unless it is a label set.
  void add(std::int32_t video, std::span<const std::int32_t> truth, bool is_label_set,
           std::span<const float> probabilities);
  // split, epoch, step and seconds are the caller's to fill in.
  EvaluationReport report() const;
  std::vector<ScoredItem> videos() const;  // each by the mean of its clips, in the order of their numbers

 private:
  struct Entry {
    explicit Entry(std::size_t classes) : score(classes) {}
    bool shows(std::size_t c) const { return set.empty() ? static_cast<std::int32_t>(c) == label : set[c]; }
    std::int32_t label = -1;
    std::vector<bool> set;     // by class, where the video has a label set
    std::vector<float> clips;  // and then the probabilities of each of its clips
    VideoScore score;
  };
  VideoPrediction prediction(std::int32_t video, const Entry& entry, const std::vector<double>& probabilities,
                             double loss) const;
  static double loss_of(const Entry& entry, std::span<const double> probabilities);
  Entry& entry_of(std::int32_t video) { return videos_.try_emplace(video, classes_).first->second; }
  void count_labels(EvaluationReport& report) const;
  void count_sets(EvaluationReport& report) const;
  double clip_mean_average_precision() const;

  std::size_t classes_;
  bool has_sets_ = false;
  std::map<std::int32_t, Entry> videos_;
  RunningMean loss_;
  std::int64_t clips_correct_ = 0;
};

}  // namespace c3d
