#include "c3d/training/run_training.h"

#include <exception>
#include <memory>
#include <optional>

#include "c3d/common/bad_request.h"
#include "c3d/common/duration.h"
#include "c3d/common/plan_file.h"
#include "c3d/training/new_run.h"
#include "c3d/training/prepared_data.h"
#include "c3d/training/rank_orders.h"
#include "c3d/training/rank_request.h"
#include "c3d/training/resolved_run.h"
#include "c3d/training/run_setup.h"
#include "c3d/training/show_clips.h"
#include "c3d/training/synth_data.h"
#include "c3d/training/train_session.h"
#include "engine/core/printable.h"
#include "kernels/make_backend.h"

namespace c3d {
namespace {

// Where there is no step to finish and nothing to save.
struct StoppedEarly : std::exception {
  const char* what() const noexcept override { return "stopped before a step"; }
};

void stop_if_asked(RunObserver& observer) {
  if (observer.stop_requested()) throw StoppedEarly{};
}

PreparedData prepare(const TrainSettings& settings, bool resumes, RunObserver& observer) try {
  PreparedData data = prepare_data(settings, [&](std::int64_t done, std::int64_t total) {
    stop_if_asked(observer);
    observer.reading(done, total);
  });
  stop_if_asked(observer);
  return data;
} catch (Error& error) {
  if (resumes)
    error.add_context(
        "while reading the run's videos; those that were moved are found by --data, --val and --root");
  throw;
}

// What the run keeps of its metrics. They are a log: a run goes on without those that are gone.
std::uint64_t metrics_to_keep(const RunFolder& folder, std::uint64_t known, RunObserver& observer) {
  const std::uint64_t there = whole_lines(folder.metrics(), known);
  if (there < known) {
    observer.say(fmt::format("note: {} has {} bytes of the {} that the run's state knows; the rest is lost",
                             printable(folder.metrics().string()), there, known));
  }
  return there;
}

// Lines that may each end.
void say_lines(std::string lines, RunObserver& observer) {
  if (lines.empty()) return;
  if (lines.back() == '\n') lines.pop_back();
  observer.say(lines);
}

// Writes what the backend says while it measures, line by line.
class ObserverLines : public std::streambuf {
 public:
  explicit ObserverLines(RunObserver& observer) : observer_(observer) {}

 protected:
  int_type overflow(int_type letter) override {
    if (letter == '\n') {
      observer_.say(line_);
      line_.clear();
    } else if (letter != traits_type::eof()) {
      line_ += static_cast<char>(letter);
    }
    return letter;
  }

 private:
  RunObserver& observer_;
  std::string line_;
};

struct PreparedRun {
  TrainSettings settings;
  PreparedData data;
  std::optional<RecipeChoice> recipe;  // of a new run
};

PreparedRun prepare_run(const RunRequest& request, const ResolvedRun& resolved, const RunFolder& folder,
                        RunObserver& observer) {
  PreparedRun run{.settings = resolved.settings, .data = {}, .recipe = std::nullopt};
  if (resolved.is_new) {
    run.recipe.emplace(start_recipe(request, resolved));
    run.settings = run.recipe->settings();
  }
  check_outputs(request, folder, run.settings);
  naming_config(request, [&] {
    const auto prepare_for = [&](const TrainSettings& wanted) {
      return prepare(wanted, request.resume, observer);
    };
    run.data = prepare_for(run.settings);
    if (!run.recipe) return;
    choose_by_videos(*run.recipe, run.data, prepare_for);
    choose_by_device(*run.recipe);
    run.settings = run.recipe->settings();
  });
  expect_no_video(request, run.settings, run.data);
  return run;
}

// Rank by rank the device of its own.
std::unique_ptr<Backend> backend_of(const Communicator& ranks, const TrainSettings& settings,
                                    std::string* why) {
  BackendSpec spec = backend_spec(settings);
  if (!ranks.is_alone()) spec.device = device_of(ranks, spec.device, gpu_count());
  return make_backend(spec, why);
}

// A run that others lead with this process, or that it makes alone.
class Lead {
 public:
  Lead(const RunRequest& request, RunObserver& observer, Communicator& ranks)
      : request_(request), observer_(observer), ranks_(ranks) {}

  RunOutcome run();
  // Of a run that has ended before them.
  void share_that_there_is_nothing() {
    if (!has_ordered_) share_orders(ranks_, std::nullopt);
    has_ordered_ = true;
  }

 private:
  void share_orders_with_all(const TrainSettings& settings, const PreparedData& data,
                             const std::array<float, 3>& mean);

  const RunRequest& request_;
  RunObserver& observer_;
  Communicator& ranks_;
  bool has_ordered_ = false;
};

void Lead::share_orders_with_all(const TrainSettings& settings, const PreparedData& data,
                                 const std::array<float, 3>& mean) {
  if (ranks_.is_alone()) return;
  has_ordered_ = true;
  share_orders(ranks_, RankOrders{.settings = settings, .mean = mean, .videos = data.fingerprint});
  if (!agree_on_videos(ranks_, data.fingerprint, observer_.stop_requested())) throw StoppedEarly{};
}

RunOutcome Lead::run() {
  const RunRequest& request = request_;
  RunObserver& observer = observer_;
  const double started = steady_seconds();
  RunOutcome outcome;
  expect_apart_from_data(request);
  const RunFolder folder(request.out);
  std::optional<RunLock> lock;
  if (!request.only_looks()) lock.emplace(folder);
  const ResolvedRun resolved = resolve(request, folder);
  const bool goes_on = resolved.checkpoint.has_value();
  if (request.resume && resolved.is_new) {
    observer.say(fmt::format("note: {} holds no run to go on with: a new one starts",
                             printable(folder.path().native())));
  }
  auto [settings, data, recipe] = prepare_run(request, resolved, folder, observer);
  for (const std::string& note : data.notes) observer.say("note: " + printable_lines(note));
  if (recipe && !request.is_settled && !recipe->text().empty()) observer.say(printable_lines(recipe->text()));
  if (!request.show_clips.empty()) {
    show_clips(settings, data, request.show_clips);
    observer.say(fmt::format("{}: what training clips look like", printable(request.show_clips.native())));
    return outcome;
  }
  const std::array<float, 3> mean = goes_on ? mean_of(*resolved.checkpoint) : mean_colour(data, settings);
  if (!request.dry_run) observer.prepared(data);
  observer.enter(goes_on ? RunPhase::prepared_to_go_on : RunPhase::prepared);
  ObserverLines measured(observer);
  std::ostream measuring(&measured);
  std::string trial_plan;
  if (recipe) {
    const SettledRun settled = naming_config(request, [&] {
      return settle(*recipe, data, mean,
                    {.started = started,
                     .measuring = measuring,
                     .check = [&] { stop_if_asked(observer); },
                     .writes_plan = !request.dry_run,
                     .ranks = ranks_.size()});
    });
    settings = settled.settings;
    trial_plan = settled.plan;
    if (!settled.estimate.empty()) observer.say(settled.estimate);
    if (!settled.note.empty()) observer.say(settled.note);
  }
  naming_config(request, [&] { expect_micro_batches(settings, ranks_.size(), request.resume); });
  if (!request.dry_run) share_orders_with_all(settings, data, mean);
  std::string why;
  const std::unique_ptr<Backend> backend =
      naming_config(request, [&] { return backend_of(ranks_, settings, &why); });
  if (!why.empty()) observer.say(why);
  if (const std::string note = note_of_threads(ranks_, settings.threads); !note.empty()) observer.say(note);
  // A resumed run has its own plan; what was measured with other threads must not enter the cache by it.
  keep_plan(*backend, settings.plan, measuring, {.uses_cache = !goes_on, .writes_file = !request.dry_run});
  if (!trial_plan.empty()) backend->add_plan(trial_plan);
  const auto start = goes_on ? TrainSession::Start::from_checkpoint : TrainSession::Start::anew;
  TrainSession session =
      naming_config(request, [&] { return TrainSession(*backend, settings, data, mean, start, &ranks_); });
  observer.say(session.description());
  if (ranks_.is_alone()) stop_if_asked(observer);
  if (request.dry_run) {
    observer.say(split_table(data) + session.estimate());
    return outcome;
  }
  std::uint64_t keep_bytes = 0;  // of metrics.jsonl
  if (goes_on) {
    say_lines(session.restore(*resolved.checkpoint, folder), observer);
    keep_bytes = metrics_to_keep(folder, metric_bytes_of(*resolved.checkpoint), observer);
    observer.say(fmt::format("going on after step {}", session.state().step));
  } else if (request.resume && file_identity(folder.config())) {
    session.expect_no_checkpoint_yet(folder);
    observer.say("the run was stopped before its first snapshot: it starts again at its first step");
  }
  folder.prepare(settings_json(settings), data.train.labels, session.disk_bytes());
  session.follow_lead();
  observer.enter(RunPhase::training);
  const RunEnd end = session.run(folder, keep_bytes,
                                 {.metrics = observer.metrics(),
                                  .note = [&](const std::string& line) { observer.say(line); },
                                  .stop_requested = [&] { return observer.stop_requested(); }});
  observer.enter(RunPhase::over);
  const Dataset& shown = data.validation.videos.empty() ? data.train : data.validation;
  outcome.ending = end == RunEnd::stopped ? RunEnding::stopped : RunEnding::finished;
  outcome.state = session.state();
  outcome.total_steps = session.total_steps();
  outcome.has_best = session.has_best();
  outcome.last_evaluation = session.last_evaluation();
  outcome.labels = data.train.labels;
  outcome.example = is_synth(settings.data) ? "VIDEO" : shown.videos.front().path;
  return outcome;
}

// A rank that does not lead.
RunOutcome follow(RunObserver& observer, Communicator& ranks) {
  RunOutcome outcome;
  const std::optional<RankOrders> orders = share_orders(ranks, std::nullopt);
  if (!orders) return outcome;
  const TrainSettings& settings = orders->settings;
  const auto stops = [&] { return observer.stop_requested(); };
  PreparedData data;
  bool stopped = false;
  try {
    data = prepare_data(settings, [&](std::int64_t, std::int64_t) {
      if (stops()) throw StoppedEarly{};
    });
  } catch (const StoppedEarly&) {
    stopped = true;
  }
  observer.enter(RunPhase::prepared);
  if (!agree_on_videos(ranks, data.fingerprint, stopped)) throw StoppedEarly{};
  const std::unique_ptr<Backend> backend = backend_of(ranks, settings, nullptr);
  TrainSession session(*backend, settings, data, orders->mean, TrainSession::Start::from_checkpoint, &ranks);
  session.follow_lead();
  observer.enter(RunPhase::training);
  const RunEnd end = session.follow(stops);
  observer.enter(RunPhase::over);
  outcome.ending = end == RunEnd::stopped ? RunEnding::stopped : RunEnding::finished;
  outcome.state = session.state();
  outcome.total_steps = session.total_steps();
  return outcome;
}

RunOutcome run_rank(const RunRequest& request, RunObserver& observer, Communicator& ranks) {
  if (!ranks.leads()) return follow(observer, ranks);
  Lead lead(request, observer, ranks);
  try {
    RunOutcome outcome = lead.run();
    lead.share_that_there_is_nothing();
    return outcome;
  } catch (const StoppedEarly&) {
    lead.share_that_there_is_nothing();
    throw;
  }
}

// What one rank throws ends all of them.
RunOutcome run_together(const RunRequest& request, RunObserver& observer, Communicator& ranks) {
  if (ranks.is_alone()) return run_rank(request, observer, ranks);
  const std::string processors = share_processors(ranks);
  if (ranks.leads()) observer.say(processors);
  std::string why;
  int exit_code = 1;
  try {
    return run_rank(request, observer, ranks);
  } catch (const RankFailure&) {
    throw;
  } catch (const StoppedEarly&) {
    throw;
  } catch (const BadRequest& error) {
    why = error.message();
    exit_code = 2;
  } catch (const Error& error) {
    why = error.message();
  } catch (const std::bad_alloc&) {
    why = "not enough memory; a smaller batch needs less: --set batch=N";
  } catch (const std::exception& error) {
    why = printable(error.what());
  }
  ranks.fail(why, exit_code);
  throw RankFailure(why, exit_code);  // compilers do not see that a virtual function never returns
}

}  // namespace

RunOutcome run_training(const RunRequest& request, RunObserver& observer, Communicator* ranks) {
  SingleProcess alone;
  Communicator& all = ranks != nullptr ? *ranks : alone;
  observer.enter(RunPhase::reading);
  try {
    return run_together(request, observer, all);
  } catch (const StoppedEarly&) {
    RunOutcome outcome;
    outcome.ending = RunEnding::stopped_before_a_step;
    return outcome;
  }
}

}  // namespace c3d
