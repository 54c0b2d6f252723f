// c3d_train: a folder of videos in, a trained C3D out.
#include <iostream>
#include <memory>

#include "c3d/common/shell_word.h"
#include "c3d/report.h"
#include "c3d/training/cross_validation.h"
#include "c3d/training/run_folder.h"
#include "c3d/training/run_training.h"
#include "engine/core/printable.h"
#include "engine/io/file.h"
#include "tools/c3d_train/command_line.h"
#include "tools/shared/console_sink.h"
#include "tools/shared/interrupt.h"
#include "tools/shared/run_main.h"

namespace c3d {
namespace {

// To the first signal.
std::string answer(RunPhase phase) {
  const std::string hint = " (Ctrl-C ends at once)";
  switch (phase) {
    case RunPhase::reading:
      return "stopping: finishing the videos at work ..." + hint;
    case RunPhase::prepared:
      return "stopping: before the first step ..." + hint;
    case RunPhase::prepared_to_go_on:
      return "stopping: before another step ..." + hint;
    case RunPhase::training:
      return "stopping: finishing the step and saving ..." + hint;
    case RunPhase::over:
      break;
  }
  return "";  // nothing is left to stop
}

// Shows a run on the terminal, and stops it at a signal.
class Console : public RunObserver {
 public:
  explicit Console(Interrupt& signals) : signals_(signals) {}

  void enter(RunPhase phase) override {
    signals_.answer_with([phase] { return answer(phase); });
    sink_.reset();
    if (phase == RunPhase::training) sink_ = std::make_unique<ConsoleSink>(std::cout, is_terminal(stdout));
  }
  void say(const std::string& lines) override {
    if (sink_) {
      sink_->print(lines);
    } else {
      std::cout << lines << std::endl;
    }
  }
  void reading(std::int64_t done, std::int64_t total) override {
    if (!progress_) {
      progress_ =
          std::make_unique<Progress>(std::cout, is_terminal(stdout), "reading videos", "videos", total);
    }
    progress_->update(done);
    if (done == total) {
      progress_->finish();
      progress_.reset();
    }
  }
  bool stop_requested() override { return signals_.received() != 0; }
  MetricSink& metrics() override { return *sink_; }

 private:
  Interrupt& signals_;
  std::unique_ptr<Progress> progress_;
  std::unique_ptr<ConsoleSink> sink_;  // while steps are made
};

void report_end(const RunFolder& folder, const RunOutcome& run) {
  if (!run.last_evaluation.classes.empty()) std::cout << class_table(run.last_evaluation, run.labels);
  if (run.state.best_step >= 0) {
    const bool has_label_sets = !run.last_evaluation.label_results.empty();
    std::cout << fmt::format("best: {:.1f} % {} the validation videos, after step {}\n",
                             100 * run.state.best_top1, has_label_sets ? "mean average precision on" : "of",
                             run.state.best_step);
  }
  std::error_code unknown;  // it may not have been written
  if (std::filesystem::is_regular_file(folder.report(), unknown))
    std::cout << "report: " << printable(folder.report().string()) << "\n";
  std::cout << "c3d_infer --weights " << shell_word((run.has_best ? folder.best() : folder.last()).string())
            << " " << shell_word(run.example.string()) << std::endl;
}

std::string resume_command(const std::filesystem::path& out) {
  return "c3d_train --out " + shell_word(out.string()) + " --resume";
}

int cross_validate(const RunRequest& request, Interrupt& signals, Console& console) {
  const CrossValidationOutcome folds = run_cross_validation(request, console);
  if (folds.ending == RunEnding::dry) return 0;
  if (!folds.result.folds.empty()) std::cout << fold_results_table(folds.result);
  if (folds.ending == RunEnding::finished) {
    std::cout << "all of it: " << printable(folds.result.summary.string()) << std::endl;
    return 0;
  }
  std::cout << "stopped by " << signal_name(signals.received()) << " in fold " << folds.fold << " of "
            << folds.folds;
  if (folds.ending == RunEnding::stopped) {
    std::cout << " after step " << folds.run.state.step << " of " << folds.run.total_steps;
  }
  if (file_identity(folds.result.summary)) {
    std::cout << "; everything is saved. Go on with:\n" << resume_command(request.out) << std::endl;
  } else {
    std::cout << "; no file of it was written" << std::endl;
  }
  return 128 + signals.received();
}

int run(const RunRequest& request) {
  if (!request.metrics_csv.empty()) {
    write_metrics_table(request.out, request.metrics_csv);
    return 0;
  }
  // Signals are watched before any thread exists.
  Interrupt signals([] { return answer(RunPhase::reading); });
  Console console(signals);
  if (is_cross_validation(request)) return cross_validate(request, signals, console);
  const RunFolder folder(request.out);
  const RunOutcome run = run_training(request, console);
  switch (run.ending) {
    case RunEnding::dry:
      return 0;
    case RunEnding::finished:
      report_end(folder, run);
      return 0;
    case RunEnding::stopped:
      std::cout << "stopped by " << signal_name(signals.received()) << " after step " << run.state.step
                << " of " << run.total_steps << "; everything is saved. Go on with:\n"
                << resume_command(folder.path()) << std::endl;
      break;
    case RunEnding::stopped_before_a_step:
      std::cout << "stopped by " << signal_name(signals.received())
                << (request.resume ? " before another step" : " before the first step")
                << "; no file of the run was changed" << std::endl;
      break;
  }
  return 128 + signals.received();
}

}  // namespace
}  // namespace c3d

int main(int argc, char** argv) {
  CLI::App app("Trains a C3D network on a folder of videos, or on a list of them.", "c3d_train");
  c3d::RunRequest request;
  c3d::add_train_options(app, request);
  return c3d::run_main(app, argc, argv, [&] { return c3d::run(request); });
}
