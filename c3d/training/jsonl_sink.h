// metrics.jsonl: a JSON object a line for every report, appended. A run that resumes cuts the file back to
// what its snapshot covers, so the lines are those of a run that never stopped. A number that is not finite
// is null, as JSON knows none, and NaN when it is read back.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "engine/io/file.h"
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
  File file_;
};

// The bytes of its whole lines, at most `most`: what a sink can keep of a file that is not what it was.
std::uint64_t whole_lines(const std::filesystem::path& path, std::uint64_t most);

struct MetricHistory {
  std::vector<StepReport> steps;
  std::vector<EvaluationReport> evaluations;  // without `confusion`
};
// What a sink wrote; lines that it did not write, and a last one that is cut off, are left out.
MetricHistory read_metrics(const std::filesystem::path& path);

}  // namespace c3d
