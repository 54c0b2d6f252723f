// metrics.jsonl: a JSON object a line for every report, appended. A run that resumes cuts the file back to
// what its snapshot covers, so the lines are those of a run that never stopped.
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>

#include "engine/core/handle.h"
#include "engine/train/report.h"

namespace c3d {

class JsonlSink : public MetricSink {
 public:
  // Keeps the first `keep_bytes` of the file; Error when it is shorter. Made if absent.
  JsonlSink(const std::filesystem::path& path, std::uint64_t keep_bytes);

  void on_step(const StepReport& report) override;
  void on_evaluation(const EvaluationReport& report) override;
  // Length of the file; everything up to there is on the disk when this returns.
  std::uint64_t synced_bytes();

 private:
  void write_line(const std::string& line);

  std::filesystem::path path_;
  Handle<std::FILE, std::fclose> file_;
};

struct MetricHistory {
  std::vector<StepReport> steps;
  std::vector<EvaluationReport> evaluations;
};
// What a sink wrote; a last line that is cut off is left out.
MetricHistory read_metrics(const std::filesystem::path& path);

}  // namespace c3d
