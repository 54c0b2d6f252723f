// What the page of a run says, before it is a page. Plain values; texts are any bytes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "c3d/report/thumbnails/heat_strips.h"
#include "engine/train/report.h"

namespace c3d {

struct ReportSetting {
  std::string group, name, value, default_value, unit, help;
  bool is_default() const { return value == default_value; }
};

struct ReportCommand {
  std::string what;     // it does, a sentence
  std::string command;  // as a shell takes it
};

struct SkippedVideo {
  std::filesystem::path path;
  std::string when;  // "before training", "while training"
  std::string why;
};

// Of one evaluation. Its prediction has one true class, of label sets any number of them, and the
// likeliest class at least.
struct EvaluatedVideo {
  std::filesystem::path path;
  std::int64_t frames = 0;  // 0: not known
  VideoPrediction prediction;
  std::vector<LabelStrip> heat = {};  // where the run's best network looks for a label
  std::string no_heat = {};           // why there is none, lines of any bytes; empty: none was tried
};

struct RunFacts {
  std::string name;  // of the run
  bool has_label_sets = false;
  std::string trouble;  // why it ended early, lines of any bytes; empty: it did not, or that is not known
  BestBy best_by = BestBy::video_accuracy;
  std::int64_t total_steps = 0;  // planned; 0: not known
  std::vector<std::string> labels;
  std::vector<ReportSetting> settings;  // in groups
  std::vector<StepReport> steps;
  std::vector<EvaluationReport> evaluations;
  std::vector<EvaluatedVideo> videos;       // empty: nothing was evaluated
  std::int64_t evaluated_step = 0;          // of `videos` and `calibration`
  std::vector<CalibrationBin> calibration;  // empty with `videos`
  std::vector<SkippedVideo> skipped;
  std::vector<std::string> passed_over;  // what was no video, a line each
  std::vector<ReportCommand> commands;
};

}  // namespace c3d
