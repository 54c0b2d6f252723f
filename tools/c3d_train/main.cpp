// c3d_train: a folder of videos in, a trained C3D out.
#include <exception>
#include <iostream>
#include <optional>

#include "data/folder_walk.h"
#include "engine/core/printable.h"
#include "kernels/make_backend.h"
#include "tools/c3d_train/resolved_run.h"
#include "tools/c3d_train/shell_word.h"
#include "tools/c3d_train/train_session.h"
#include "tools/shared/interrupt.h"
#include "tools/shared/output_guard.h"
#include "tools/shared/plan_file.h"
#include "tools/shared/run_main.h"

namespace c3d {
namespace {

// Where there is no step to finish and nothing to save.
struct StoppedEarly : std::exception {
  const char* what() const noexcept override { return "stopped by a signal"; }
};

// To the first signal.
Interrupt::Answer answer(const std::string& text) {
  return [text] { return text + " (Ctrl-C ends at once)"; };
}

void stop_if_asked(const Interrupt& signals) {
  if (signals.received() != 0) throw StoppedEarly{};
}

PreparedData prepare(const TrainSettings& settings, bool resumes, const Interrupt& signals) try {
  std::unique_ptr<Progress> progress;
  PreparedData data = prepare_data(settings, [&](std::int64_t done, std::int64_t total) {
    stop_if_asked(signals);
    // Rates count from the first video on.
    if (progress) {
      progress->update(done);
    } else {
      progress =
          std::make_unique<Progress>(std::cout, is_terminal(stdout), "reading videos", "videos", total);
    }
    if (done == total) {
      progress->update(done);
      progress->finish();
      progress.reset();
    }
  });
  for (const std::string& note : data.notes) std::cout << "note: " << printable_lines(note) << std::endl;
  stop_if_asked(signals);
  return data;
} catch (Error& error) {
  if (resumes)
    error.add_context(
        "while reading the run's videos; those that were moved are found by --data, --val and --root");
  throw;
}

BackendSpec backend_spec(const TrainSettings& settings) {
  BackendSpec spec;
  spec.device = settings.device;
  spec.precision = settings.precision == "bf16"   ? Precision::bf16
                   : settings.precision == "tf32" ? Precision::tf32
                                                  : Precision::f32;
  spec.threads = static_cast<int>(settings.threads);
  spec.direct_convolution = settings.convolution == "direct";
  spec.instruction_set = settings.isa;
  spec.plan = settings.plan;
  spec.most_packed_bytes = static_cast<std::size_t>(settings.memory) * 1'000'000;
  spec.autotune = settings.autotune;
  spec.graphs = settings.graphs;
  return spec;
}

// The run's files must not be what it starts from.
void check_outputs(const TrainCommand& command, const RunFolder& folder, const TrainSettings& settings) {
  OutputGuard guard;
  guard.add_input(settings.init, "the starting weights");
  guard.add_input(settings.mean_file, "the mean file");
  guard.add_input(settings.classes, "the list of classes");
  for (const std::string& data : {settings.data, settings.val}) {
    std::error_code unknown;
    if (!std::filesystem::is_directory(data, unknown)) guard.add_input(data, "the list");
  }
  if (!command.resume) guard.add_input(command.config, "the settings");
  if (is_plan_file(settings.plan)) guard.add_output(settings.plan, "--plan");
  std::error_code absent;
  for (std::filesystem::directory_iterator entry(folder.path(), absent), end; !absent && entry != end;
       entry.increment(absent)) {
    expect(!is_video_name(entry->path()),
           "{}: this folder holds videos, such as {}; a run's folder is no class: choose another --out",
           folder.path(), entry->path().filename());
  }
  for (const std::filesystem::path& file : folder.files()) guard.add_output(file, "--out: its file");
}

// What the run keeps of its metrics. They are a log: a run goes on without those that are gone.
std::uint64_t metrics_to_keep(const RunFolder& folder, std::uint64_t known) {
  const std::uint64_t there = whole_lines(folder.metrics(), known);
  if (there < known) {
    std::cout << fmt::format("note: {} has {} bytes of the {} that the run's state knows; the rest is lost\n",
                             printable(folder.metrics().string()), there, known);
  }
  return there;
}

int report_stop(const RunFolder& folder, const TrainSession& session, int signal) {
  std::cout << "stopped by " << signal_name(signal) << " after step " << session.state().step << " of "
            << session.total_steps() << "; everything is saved. Go on with:\n"
            << "c3d_train --out " << shell_word(folder.path().string()) << " --resume" << std::endl;
  return 128 + signal;
}

void report_end(const RunFolder& folder, const TrainSession& session, const PreparedData& data) {
  const TrainState& state = session.state();
  if (!session.last_evaluation().classes.empty()) {
    std::cout << class_table(session.last_evaluation(), data.train.labels);
  }
  if (state.best_step >= 0) {
    std::cout << fmt::format("best: {:.1f} % of the validation videos, after step {}\n",
                             100 * state.best_top1, state.best_step);
  }
  const Dataset& shown = data.validation.videos.empty() ? data.train : data.validation;
  std::cout << "c3d_infer --weights "
            << shell_word((session.has_best() ? folder.best() : folder.last()).string()) << " "
            << shell_word(shown.videos.front().path.string()) << std::endl;
}

int train(const TrainCommand& command, Interrupt& signals) {
  const RunFolder folder(command.out);
  std::optional<RunLock> lock;
  if (!command.dry_run) lock.emplace(folder);
  const ResolvedRun resolved = resolve(command, folder);
  const TrainSettings& settings = resolved.settings;
  check_outputs(command, folder, settings);
  const bool goes_on = resolved.checkpoint.has_value();
  const PreparedData data =
      naming_config(command, [&] { return prepare(settings, command.resume, signals); });
  const std::array<float, 3> mean = goes_on ? mean_of(*resolved.checkpoint) : mean_colour(data, settings);
  signals.answer_with(
      answer(goes_on ? "stopping: before another step ..." : "stopping: before the first step ..."));
  std::string why;
  const std::unique_ptr<Backend> backend =
      naming_config(command, [&] { return make_backend(backend_spec(settings), &why); });
  if (!why.empty()) std::cout << why << std::endl;
  // A resumed run has its own plan; what was measured with other threads must not enter the cache by it.
  keep_plan(*backend, settings.plan, std::cout, {.uses_cache = !goes_on, .writes_file = !command.dry_run});
  const auto start = goes_on ? TrainSession::Start::from_checkpoint : TrainSession::Start::anew;
  TrainSession session =
      naming_config(command, [&] { return TrainSession(*backend, settings, data, mean, start); });
  std::cout << session.description() << std::endl;
  stop_if_asked(signals);
  if (command.dry_run) {
    std::cout << split_table(data) << session.estimate() << std::endl;
    return 0;
  }
  std::uint64_t keep_bytes = 0;  // of metrics.jsonl
  if (goes_on) {
    std::cout << session.restore(*resolved.checkpoint, folder);
    keep_bytes = metrics_to_keep(folder, metric_bytes_of(*resolved.checkpoint));
    std::cout << "going on after step " << session.state().step << std::endl;
  } else if (command.resume && file_identity(folder.config())) {
    session.expect_no_snapshot_yet(folder);
    std::cout << "the run was stopped before its first snapshot: it starts again at its first step"
              << std::endl;
  }
  folder.prepare(settings_json(settings), data.train.labels, session.disk_bytes());
  signals.answer_with(answer("stopping: finishing the step and saving ..."));
  RunEnd end{};
  {
    ConsoleSink console(std::cout, is_terminal(stdout));
    end = session.run(folder, keep_bytes, console, signals);
  }
  signals.answer_with([] { return std::string(); });  // nothing is left to stop
  if (end == RunEnd::stopped) return report_stop(folder, session, signals.received());
  report_end(folder, session, data);
  return 0;
}

// Signals are watched before any thread exists.
int train(const TrainCommand& command) {
  Interrupt signals(answer("stopping: finishing the videos at work ..."));
  try {
    return train(command, signals);
  } catch (const StoppedEarly&) {
    std::cout << "stopped by " << signal_name(signals.received())
              << (command.resume ? " before another step" : " before the first step")
              << "; no file of the run was changed" << std::endl;
    return 128 + signals.received();
  }
}

}  // namespace
}  // namespace c3d

int main(int argc, char** argv) {
  CLI::App app("Trains a C3D network on a folder of videos, or on a list of them.", "c3d_train");
  c3d::TrainCommand command;
  c3d::add_train_options(app, command);
  return c3d::run_main(app, argc, argv, [&] { return c3d::train(command); });
}
