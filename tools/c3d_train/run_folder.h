// The folder a run leaves: config.json, labels.txt, metrics.jsonl, last and best weights, the state to resume
// from, and the pictures of the last evaluation. Everything but metrics.jsonl is written whole or not at all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

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
  std::filesystem::path state() const { return path_ / "state.safetensors"; }

  bool holds_run() const;
  std::vector<std::filesystem::path> files() const;  // all that a run may write
  // Made if absent; config.json and labels.txt are written. Error when the disk has less room than
  // `needed_bytes`, what the run's own files take already not counted.
  void prepare(const std::string& config_json, const std::vector<std::string>& labels,
               std::uint64_t needed_bytes) const;
  // confusion.csv, and where this build draws, confusion.png.
  void write_confusion(const EvaluationReport& report, const std::vector<std::string>& labels) const;
  // curves.png of metrics.jsonl, where this build draws.
  void draw_curves() const;

 private:
  std::filesystem::path path_;
};

// One line for each class: videos, hits, share.
std::string class_table(const EvaluationReport& report, const std::vector<std::string>& labels);

}  // namespace c3d
