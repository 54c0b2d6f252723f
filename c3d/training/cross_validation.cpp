#include "c3d/training/cross_validation.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <system_error>

#include "c3d/common/bad_request.h"
#include "c3d/report/pictures.h"
#include "c3d/training/cross_validation_file.h"
#include "c3d/training/folds.h"
#include "c3d/training/public_reports.h"
#include "c3d/training/recipes.h"
#include "c3d/training/resolved_run.h"
#include "c3d/training/run_folder.h"
#include "c3d/training/run_setup.h"
#include "c3d/training/train_setting_table.h"
#include "engine/core/error.h"
#include "engine/core/printable.h"
#include "engine/io/file.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

// The listener of one fold's run. It keeps the videos of all folds the same, and says each note once.
class FoldObserver : public RunObserver {
 public:
  FoldObserver(RunObserver& listener, const fs::path& folder, CrossValidationRecord& record)
      : listener_(listener), folder_(folder), record_(record) {}

  void enter(RunPhase phase) override { listener_.enter(phase); }
  void say(const std::string& lines) override {
    if (!lines.starts_with("note: ") || said_.insert(lines).second) listener_.say(lines);
  }
  void reading(std::int64_t done, std::int64_t total) override { listener_.reading(done, total); }
  bool stop_requested() override { return listener_.stop_requested(); }
  MetricSink& metrics() override { return listener_.metrics(); }
  void prepared(const PreparedData& data) override {
    if (!data.folds) fail("these videos cannot be parted into folds: give video files");
    const std::string& videos = data.folds->fingerprint;
    expect(
        record_.videos.empty() || record_.videos == videos,
        "{}: the videos are not those that its earlier folds had (names, sizes, classes or lengths differ), "
        "so its folds are others; start a new cross-validation. Videos that were moved are found by --data "
        "and --root",
        folder_);
    record_.videos = videos;
    record_.labels = data.train.labels;
    write_cross_validation(folder_, record_);
  }

 private:
  RunObserver& listener_;
  const fs::path& folder_;
  CrossValidationRecord& record_;
  std::set<std::string> said_;
};

// Takes the summary away again where no fold came to write anything.
class FreshSummary {
 public:
  FreshSummary(const fs::path& folder, std::int64_t folds) : folder_(folder), folds_(folds) {}
  FreshSummary(const FreshSummary&) = delete;
  FreshSummary& operator=(const FreshSummary&) = delete;
  ~FreshSummary() {
    for (std::int64_t fold = 1; fold <= folds_; ++fold) {
      if (RunFolder(fold_folder(folder_, fold)).file_of_a_run()) return;
    }
    std::error_code absent;
    fs::remove(cross_validation_file(folder_), absent);
  }

 private:
  const fs::path& folder_;
  std::int64_t folds_;
};

void expect_free(const RunRequest& request) {
  if (request.resume || request.only_looks()) return;
  expect(!holds_cross_validation(request.out),
         "{} holds a cross-validation already ({}): go on with it by --resume, or choose another --out",
         request.out, cross_validation_file(request.out).filename());
  const auto there = RunFolder(request.out).file_of_a_run();
  expect(!there, "{} holds a run already ({}): choose another --out", request.out,
         there ? there->filename() : fs::path());
}

// What the folder says, or what is asked for.
CrossValidationRecord start_record(const RunRequest& request, const std::vector<Assignment>& asked) {
  CrossValidationRecord record;
  TrainSettings settings;
  const bool goes_on = request.resume && holds_cross_validation(request.out);
  if (goes_on) {
    record = read_cross_validation(request.out);
    expect(request.folds == 0 || request.folds == record.folds,
           "the cross-validation in {} has {} folds, not {}; leave --folds out to go on with it, or choose "
           "another --out",
           request.out, record.folds, request.folds);
    settings = with({}, parse_settings(record.settings, cross_validation_file(request.out).string()));
  }
  const TrainSettings was = settings;
  settings = with(settings, asked);
  if (goes_on) {
    const std::vector<std::string> conflicts = resume_conflicts(was, settings);
    expect(conflicts.empty(),
           "the cross-validation in {} has other settings: {}; leave them out to go on with it, or choose "
           "another --out",
           request.out, fmt::join(conflicts, ", "));
  } else {
    record.folds = request.folds;
  }
  expect(record.folds >= 2, "a cross-validation has 2 folds or more, not {}", record.folds);
  expect_request(settings.fold.empty(),
                 "--folds trains every fold, and `fold` names one: leave one of the two out");
  if (!goes_on) record.settings = asked_json(asked);
  settings.fold = fold_text({1, record.folds});
  naming_config(request, [&] { check_settings(settings); });
  return record;
}

// What a recipe, or the time one has, came to in the first fold holds for all: else their networks would be
// others. Before it has begun: what was asked for.
std::vector<Assignment> settings_of_folds(const RunRequest& request, const CrossValidationRecord& record,
                                          const std::vector<Assignment>& asked) {
  const RunFolder first(fold_folder(request.out, 1));
  const bool has_begun = !request.only_looks() && file_identity(first.config()).has_value();
  std::vector<Assignment> settings =
      has_begun ? read_settings(first.config())
                : parse_settings(record.settings, cross_validation_file(request.out).string());
  // What is asked for has the bytes of its paths, which JSON may not hold.
  const auto is_path = [](const Assignment& one) { return find_setting(one.first).is_path; };
  std::ranges::copy_if(asked, std::back_inserter(settings),
                       [&](const Assignment& one) { return !has_begun || is_path(one); });
  return settings;
}

RunRequest request_of_fold(const RunRequest& request, const std::vector<Assignment>& settings,
                           const FoldChoice& choice) {
  RunRequest one;
  one.out = fold_folder(request.out, choice.fold);
  one.resume = request.resume && RunFolder(one.out).file_of_a_run();  // else it is its turn to start
  one.dry_run = request.dry_run;
  one.show_clips = request.show_clips;
  one.flags = settings;
  one.is_settled =
      choice.fold > 1 && file_identity(RunFolder(fold_folder(request.out, 1)).config()).has_value();
  one.flags.emplace_back("fold", fold_text(choice));
  return one;
}

FoldResult result_of_fold(const RunFolder& folder, std::int64_t fold, const RunOutcome& run) {
  FoldResult result;
  result.fold = fold;
  result.best_step = run.state.best_step;
  result.best_top1 = run.state.best_step >= 0 ? run.state.best_top1 : 0;
  result.last = training_evaluation(run.last_evaluation);
  // A run that was finished before knows it from its metrics, which have no matrix.
  if (result.last.confusion.empty()) result.last.confusion = folder.read_confusion(run.labels.size());
  return result;
}

void write_confusion_of_all(const fs::path& out, const CrossValidationResult& result, RunObserver& observer) {
  if (result.confusion.empty()) return;
  EvaluationReport report;
  report.confusion = result.confusion;
  const RunFolder folder(out);
  folder.write_confusion(report, result.labels);
  if (!can_draw()) return;
  try {
    draw_confusion(folder.confusion_picture(), result.labels, result.confusion,
                   fmt::format("{} folds: {:.1f} % right", result.folds.size(), 100 * result.top1.mean));
  } catch (const Error& error) {
    observer.say("note: a picture was not drawn: " + error.message());
  }
}

}  // namespace

bool is_cross_validation(const RunRequest& request) {
  return request.folds != 0 || (request.resume && holds_cross_validation(request.out));
}

CrossValidationOutcome run_cross_validation(const RunRequest& request, RunObserver& observer) {
  expect_apart_from_data(request);
  std::optional<RunLock> lock;
  if (!request.only_looks()) lock.emplace(RunFolder(request.out));
  expect_free(request);
  std::vector<Assignment> asked = assignments_of(request);
  // As a single run takes it: a file that names no recipe wants none.
  if (!request.config.empty() && !request.resume &&
      std::ranges::find(asked, "recipe", &Assignment::first) == asked.end()) {
    asked.emplace(asked.begin(), "recipe", kNoRecipe);
  }
  CrossValidationRecord record = start_record(request, asked);
  std::optional<FreshSummary> fresh;
  if (!request.only_looks() && !holds_cross_validation(request.out)) fresh.emplace(request.out, record.folds);

  CrossValidationOutcome outcome;
  outcome.folds = record.folds;
  outcome.ending = RunEnding::finished;
  FoldObserver listener(observer, request.out, record);
  for (std::int64_t fold = 1; fold <= record.folds; ++fold) {
    const bool finished = std::ranges::find(record.results, fold, &FoldResult::fold) != record.results.end();
    if (finished && !(request.only_looks() && fold == record.folds)) continue;
    outcome.fold = fold;
    const RunRequest one =
        request_of_fold(request, settings_of_folds(request, record, asked), {fold, record.folds});
    observer.say(fmt::format("fold {} of {}: {}", fold, record.folds, printable(one.out.native())));
    outcome.run = run_training(one, listener);
    outcome.ending = outcome.run.ending;
    if (outcome.ending != RunEnding::finished) break;
    record.results.push_back(result_of_fold(RunFolder(one.out), fold, outcome.run));
    std::ranges::sort(record.results, {}, &FoldResult::fold);
    write_cross_validation(request.out, record);
  }
  if (request.dry_run) {
    observer.say(fmt::format("each of the {} folds takes as much, one after the other", record.folds));
  }
  outcome.result = result_of(request.out, record);
  if (outcome.result.finished && !request.only_looks()) {
    write_confusion_of_all(request.out, outcome.result, observer);
  }
  return outcome;
}

std::string fold_results_table(const CrossValidationResult& result) {
  const bool has_sets = !result.folds.empty() && result.mean_average_precision.mean >= 0;
  const auto of_videos = has_sets ? &TrainingEvaluation::mean_average_precision : &TrainingEvaluation::top1;
  const auto of_clips =
      has_sets ? &TrainingEvaluation::clip_mean_average_precision : &TrainingEvaluation::clip_accuracy;
  const auto line = [](const std::string& name, const std::string& videos,
                       const std::array<double, 4>& values) {
    return fmt::format("{:<9}  {:>6}  {:>12.1f} %  {:>11.1f} %  {:>10.3f}  {:>9.3f}\n", name, videos,
                       100 * values[0], 100 * values[1], values[2], values[3]);
  };
  std::string table =
      fmt::format("fold       videos  {:>14}  {:>13}  video loss  clip loss, after the last step\n",
                  has_sets ? "video mAP" : "video accuracy", has_sets ? "clip mAP" : "clip accuracy");
  for (const FoldResult& fold : result.folds) {
    table += line(std::to_string(fold.fold), std::to_string(fold.last.videos),
                  {fold.last.*of_videos, fold.last.*of_clips, fold.last.video_loss, fold.last.clip_loss});
  }
  const auto all = [&](double FoldStatistic::*what) {
    return std::array{(has_sets ? result.mean_average_precision : result.top1).*what,
                      (has_sets ? result.clip_mean_average_precision : result.clip_accuracy).*what,
                      result.video_loss.*what, result.clip_loss.*what};
  };
  return table + line("mean", "", all(&FoldStatistic::mean)) +
         line("deviation", "", all(&FoldStatistic::deviation));
}

}  // namespace c3d
