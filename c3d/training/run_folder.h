// The folder a run leaves: config.json, labels.txt, metrics.jsonl, last and best weights, the state to resume
// from, the pictures of the last evaluation, and report.html with what it is made of (run_report.h).
// Everything but metrics.jsonl is written whole or not at all.
//
// The state is the first of the weights files and pictures to be written: any of them without it means that
// it was lost, and none of them that the run was stopped before its first snapshot.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "c3d/training/jsonl_sink.h"
#include "engine/io/file_lock.h"
#include "engine/train/report.h"

namespace c3d {

class RunFolder {
 public:
  explicit RunFolder(std::filesystem::path path) : path_(std::move(path)) {}

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path config() const { return path_ / "config.json"; }
  std::filesystem::path labels() const { return path_ / "labels.txt"; }
  std::filesystem::path metrics() const { return path_ / "metrics.jsonl"; }
  std::filesystem::path last() const { return path_ / "last.safetensors"; }
  std::filesystem::path best() const { return path_ / "best.safetensors"; }
  std::filesystem::path confusion() const { return path_ / "confusion.csv"; }
  std::filesystem::path label_results() const { return path_ / "label_results.csv"; }
  std::filesystem::path confusion_picture() const { return path_ / "confusion.png"; }
  std::filesystem::path predictions() const { return path_ / "predictions.jsonl"; }  // of the last evaluation
  // Of the evaluation whose weights are best().
  std::filesystem::path best_predictions() const { return path_ / "best_predictions.jsonl"; }
  std::filesystem::path skipped() const { return path_ / "skipped.jsonl"; }
  std::filesystem::path report() const { return path_ / "report.html"; }
  std::filesystem::path thumbnails() const { return path_ / ".thumbnails.jsonl"; }
  std::filesystem::path heat() const { return path_ / ".heat.jsonl"; }
  std::filesystem::path state() const { return path_ / "state.safetensors"; }

  // One of its files that is there: the folder belongs to a run, or did.
  std::optional<std::filesystem::path> file_of_a_run() const;
  // One that is there and that no run writes before its state.
  std::optional<std::filesystem::path> file_of_a_checkpoint() const;
  // The state is not there and should be: what is left, and what can be done.
  [[noreturn]] void fail_without_state() const;
  std::vector<std::filesystem::path> files() const;  // all that a run may write

  // Made if absent; config.json and labels.txt are written. Error when the disk has less room than
  // `needed_bytes`, what the run's own files take already not counted.
  void prepare(const std::string& config_json, const std::vector<std::string>& labels,
               std::uint64_t needed_bytes) const;
  // confusion.csv
  void write_confusion(const EvaluationReport& report, const std::vector<std::string>& labels) const;
  // label_results.csv, which label sets have in its place: for each label the videos that show it, its
  // average precision (empty where none does), the best threshold and its F1.
  void write_label_results(const EvaluationReport& report, const std::vector<std::string>& labels) const;
  // What it holds, for as many classes. Empty: it is not there, or of other classes.
  std::vector<std::vector<std::int64_t>> read_confusion(std::size_t classes) const;
  // confusion.png and curves.png of metrics.jsonl, where this build draws.
  // The bytes of confusion.png; empty: this build does not draw.
  std::string draw_confusion_picture(const EvaluationReport& report,
                                     const std::vector<std::string>& labels) const;
  void draw_curves() const;

 private:
  std::filesystem::path path_;
};

// The folder for this process alone, for as long as this lives. Makes it, and takes it away again if nothing
// came into it. Error, at once: another process has it.
class RunLock {
 public:
  explicit RunLock(const RunFolder& folder);
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;
  ~RunLock();

 private:
  void remove_made();  // while they are empty

  std::vector<std::filesystem::path> made_;  // the deepest first
  std::optional<FileLock> lock_;
};

// Pictures of a run, wherever they go. Error: this build draws none.
void draw_history(const MetricHistory& history, const std::filesystem::path& png);
void draw_confusion_of(const EvaluationReport& report, const std::vector<std::string>& labels,
                       const std::filesystem::path& png);
// What confusion.csv holds: a row for each true class, a column for each told one.
std::string confusion_csv(const std::vector<std::vector<std::int64_t>>& confusion,
                          const std::vector<std::string>& labels);

// One line for each class: videos, hits, share; of label sets as label_results.csv has them.
std::string class_table(const EvaluationReport& report, const std::vector<std::string>& labels);
// Error for classes that no file of a run can hold: no name, the same name twice, several lines, not UTF-8.
void check_labels(const std::vector<std::string>& labels);

}  // namespace c3d
