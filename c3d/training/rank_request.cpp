#include "c3d/training/rank_request.h"

#include <algorithm>
#include <optional>

#include "c3d/common/bad_request.h"
#include "c3d/training/resolved_run.h"
#include "c3d/training/run_folder.h"
#include "engine/io/file.h"

namespace c3d {
namespace {

// nullopt: nothing says it before the ranks have looked at the videos.
std::optional<TrainSettings> known_settings(const RunRequest& request) {
  std::vector<Assignment> said;
  const RunFolder folder(request.out);
  if (request.resume && file_identity(folder.config())) said = read_settings(folder.config());
  const std::vector<Assignment> asked = assignments_of(request);
  said.insert(said.end(), asked.begin(), asked.end());
  const auto is_accumulate = [](const Assignment& assignment) { return assignment.first == "accumulate"; };
  if (!std::ranges::any_of(said, is_accumulate)) return std::nullopt;
  return with(TrainSettings(), said);
}

}  // namespace

void expect_micro_batches(const TrainSettings& settings, int ranks, bool resumes) {
  expect_request(settings.accumulate >= ranks || !resumes,
                 "{} ranks cannot share a step of {} micro-batch{} (accumulate), as this run has it: go on "
                 "with {} rank{} at most",
                 ranks, settings.accumulate, settings.accumulate == 1 ? "" : "es", settings.accumulate,
                 settings.accumulate == 1 ? "" : "s");
  expect_request(settings.accumulate >= ranks,
                 "{} ranks cannot share a step of {} micro-batch{} (accumulate): set accumulate to {} or "
                 "more (with a smaller batch the step stays as it is), start fewer ranks, or give each rank "
                 "a batch of its own by "
                 "--set scale_learning_rate=true",
                 ranks, settings.accumulate, settings.accumulate == 1 ? "" : "es", ranks);
}

void expect_micro_batches(const RunRequest& request) {
  naming_config(request, [&] {
    const std::optional<TrainSettings> settings = known_settings(request);
    if (!settings) return;
    const bool scales = settings->scale_learning_rate && settings->accumulate == 1;
    if (!scales) expect_micro_batches(*settings, static_cast<int>(request.ranks), request.resume);
  });
}

}  // namespace c3d
