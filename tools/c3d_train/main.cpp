// c3d_train: a folder of videos in, a trained C3D out.
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <iostream>
#include <memory>
#include <thread>

#include "c3d/common/bad_request.h"
#include "c3d/common/shell_word.h"
#include "c3d/report.h"
#include "c3d/training/cross_validation.h"
#include "c3d/training/rank_board.h"
#include "c3d/training/rank_job.h"
#include "c3d/training/rank_launch.h"
#include "c3d/training/rank_request.h"
#include "c3d/training/run_folder.h"
#include "c3d/training/run_training.h"
#include "engine/core/printable.h"
#include "engine/core/usable_threads.h"
#include "engine/distributed/mpi_communicator.h"
#include "engine/io/file.h"
#include "tools/c3d_train/command_line.h"
#include "tools/shared/console_sink.h"
#include "tools/shared/interrupt.h"
#include "tools/shared/run_main.h"
#include "tools/shared/tool_mains.h"

namespace c3d {
namespace {

constexpr std::chrono::milliseconds kOthersEnd{300}, kNoteTime{20};

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

// Of ranks that --ranks started the starter answers, and a signal that it did not pass on is mpirun's, which ends them.
std::string answer_of_rank(RunPhase phase) {
  return process_environment(kRankBoardVariable) != nullptr ? "" : answer(phase);
}

// Shows a run on the terminal, and stops it at a signal: of all ranks, where there are several.
class Console : public RunObserver {
 public:
  // ranks, board: of a rank.
  explicit Console(Interrupt& signals, Communicator* ranks = nullptr, const RankBoard* board = nullptr)
      : signals_(signals), ranks_(ranks), board_(board) {}

  ~Console() override {
    signals_.answer_with([] { return ""; });
  }

  void enter(RunPhase phase) override {
    signals_.answer_with([phase, this] {
      if (ranks_ == nullptr) return answer(phase);
      ranks_->request_stop(received());
      // Where a rank has died, mpirun ends the others by this signal: they are gone before there is something to answer.
      std::this_thread::sleep_for(kOthersEnd);
      return answer_of_rank(phase);
    });
    sink_.reset();
    if (phase == RunPhase::training) sink_ = std::make_unique<ConsoleSink>(std::cout, terminal_);
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
      progress_ = std::make_unique<Progress>(std::cout, terminal_, "reading videos", "videos", total);
    }
    progress_->update(done);
    if (done == total) {
      progress_->finish();
      progress_.reset();
    }
  }
  bool stop_requested() override { return stop_signal() != 0; }
  // What asked to stop; 0: nothing did.
  int stop_signal() const {
    if (ranks_ == nullptr) return signals_.received();
    if (signals_.received() != 0) ranks_->request_stop(received());
    return ranks_->stop_requested();
  }
  MetricSink& metrics() override { return *sink_; }

 private:
  int received() const {
    return board_ != nullptr ? board_->true_signal(signals_.received()) : signals_.received();
  }

  Interrupt& signals_;
  Communicator* ranks_;  // nullptr: this process trains alone
  const RankBoard* board_;
  // mpirun gives its ranks a terminal wherever its own output goes.
  bool terminal_ = ranks_ == nullptr && is_terminal(stdout);
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

// To the user, of the run that this process leads; the exit code.
int report_run(const RunRequest& request, const RunOutcome& run, int signal) {
  const RunFolder folder(request.out);
  switch (run.ending) {
    case RunEnding::dry:
      return 0;
    case RunEnding::finished:
      report_end(folder, run);
      return 0;
    case RunEnding::stopped:
      std::cout << "stopped by " << signal_name(signal) << " after step " << run.state.step << " of "
                << run.total_steps << "; everything is saved. Go on with:\n"
                << resume_command(folder.path()) << std::endl;
      break;
    case RunEnding::stopped_before_a_step:
      std::cout << "stopped by " << signal_name(signal)
                << (request.resume ? " before another step" : " before the first step")
                << "; no file of the run was changed" << std::endl;
      break;
  }
  return 128 + signal;
}

int start_ranks(const RunRequest& request, const std::vector<std::string>& command) {
  expect(mpi_is_built(),
         "--ranks: this build has no MPI, so that one process trains alone; build with libopenmpi-dev "
         "installed and "
         "-DC3D_WITH_MPI=ON");
  expect_micro_batches(request);
  Interrupt signals([] { return "stopping: all ranks finish the step and save ... (Ctrl-C ends at once)"; });
  std::vector<std::string> words = command;
  words.front() = std::filesystem::read_symlink("/proc/self/exe").string();
  const Mpirun mpirun =
      mpirun_command(static_cast<int>(request.ranks), words, ::geteuid() == 0, usable_processors());
  std::cout << mpirun.allows << std::endl;
  return run_ranks(mpirun.words, static_cast<int>(request.ranks), [&] { return signals.received(); });
}

// By which signal all ranks stopped: this one may have stopped with them before it heard.
int signal_of_stop(const Console& console) {
  for (int turn = 0; console.stop_signal() == 0 && turn < 100; ++turn) std::this_thread::sleep_for(kNoteTime);
  return console.stop_signal() != 0 ? console.stop_signal() : SIGTERM;
}

// One of several.
int run_rank(const RunRequest& request, Interrupt& signals, int size) {
  RankBoard board(process_environment);
  const RankOptions options{
      .timeout = std::chrono::milliseconds(static_cast<std::int64_t>(1000 * request.rank_timeout)),
      .say = [&](const std::string& sentence) {
        const std::string line = "c3d_train: " + printable_lines(sentence) + "\n";
        static_cast<void>(!::write(STDERR_FILENO, line.data(), line.size()));
        board.tell_said();
      }};
  const std::unique_ptr<Communicator> ranks = make_mpi_communicator(options, size);
  board.tell_process(ranks->rank(), ::getpid());
  Console console(signals, ranks.get(), &board);
  int code = 0;
  const int failed = run_as_rank(*ranks, [&] {
    if (is_cross_validation(request) && ranks->leads()) {
      ranks->fail("--folds trains in one process: start it without mpirun and srun", kWrongCommandLine);
    }
    const RunOutcome run = run_training(request, console, ranks.get());
    const bool stopped = run.ending == RunEnding::stopped || run.ending == RunEnding::stopped_before_a_step;
    const int signal = stopped ? signal_of_stop(console) : 0;
    code = ranks->leads() ? report_run(request, run, signal) : stopped ? 128 + signal : 0;
  });
  return failed != 0 ? failed : code;
}

int run(const RunRequest& request, const std::vector<std::string>& command) {
  if (!request.metrics_csv.empty()) {
    write_metrics_table(request.out, request.metrics_csv);
    return 0;
  }
  const std::vector<std::string> alone = without_option(command, "--ranks");
  const RankJob job = rank_job(process_environment, alone);
  if (request.ranks > 0) {
    expect_request(!job.is_mpi,
                   "--ranks starts mpirun, and mpirun or srun started this process: leave --ranks out");
    return start_ranks(request, alone);
  }
  // Signals are watched before any thread exists.
  Interrupt signals([] { return answer_of_rank(RunPhase::reading); });
  if (job.is_mpi && job.size != 1) return run_rank(request, signals, job.size);
  Console console(signals);
  if (is_cross_validation(request)) return cross_validate(request, signals, console);
  const RunOutcome run = run_training(request, console);
  return report_run(request, run, signals.received());
}

}  // namespace
}  // namespace c3d

int c3d::tools::train_main(int argc, char** argv) {
  CLI::App app("Trains a C3D network on a folder of videos, or on a list of them.", "c3d_train");
  c3d::RunRequest request;
  c3d::add_train_options(app, request);
  const std::vector<std::string> command(argv, argv + argc);
  return c3d::run_main(app, argc, argv, [&] { return c3d::run(request, command); });
}
