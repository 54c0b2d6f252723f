#include "python/src/runs.h"

#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/vector.h>

#include "c3d/check.h"
#include "c3d/evaluation.h"

namespace c3d::python {
namespace {

namespace fs = std::filesystem;

// An interrupt that came while Python ran ends the work as one that came before or after: in order.
template <typename... Args>
void call(const nb::object& callback, Args&&... args) try {
  callback(std::forward<Args>(args)...);
} catch (const nb::python_error& error) {
  if (!InterruptWatch::pressed() || !error.matches(PyExc_KeyboardInterrupt)) throw;
}

nb::dict told(const TrainingStep& step) {
  nb::dict metrics;
  metrics["kind"] = "step";
  metrics["step"] = step.step;
  metrics["total_steps"] = step.total_steps;
  metrics["epoch"] = step.epoch;
  metrics["loss"] = step.loss;
  metrics["accuracy"] = step.accuracy;
  metrics["gradient_norm"] = step.gradient_norm;
  metrics["learning_rate"] = step.learning_rate;
  metrics["clips_per_second"] = step.clips_per_second;
  metrics["seconds_left"] = step.seconds_left;
  return metrics;
}

nb::dict told(const TrainingEvaluation& evaluation) {
  nb::dict metrics;
  metrics["kind"] = "evaluation";
  metrics["step"] = evaluation.step;
  metrics["videos"] = evaluation.videos;
  metrics["clips"] = evaluation.clips;
  metrics["clip_loss"] = evaluation.clip_loss;
  metrics["clip_accuracy"] = evaluation.clip_accuracy;
  metrics["video_loss"] = evaluation.video_loss;
  metrics["top1"] = evaluation.top1;
  metrics["top5"] = evaluation.top5;
  metrics["confusion"] = evaluation.confusion;
  if (evaluation.mean_average_precision >= 0) {
    metrics["mean_average_precision"] = evaluation.mean_average_precision;
  }
  return metrics;
}

nb::dict train_run(const fs::path& out, const std::vector<SettingValue>& settings, const fs::path& config,
                   bool resume, nb::object on_metrics, nb::object on_note, nb::object on_reading) {
  const RunListeners on{std::move(on_metrics), std::move(on_note), std::move(on_reading)};
  const TrainingResult run = run_interruptibly([&] {
    return train({.out = out, .resume = resume, .config = config, .settings = settings}, callbacks_of(on));
  });
  nb::dict result;
  result["finished"] = run.finished;
  result["step"] = run.step;
  result["total_steps"] = run.total_steps;
  result["best_step"] = run.best_step;
  result["best_top1"] = run.best_top1;
  result["best"] = run.best;
  result["last"] = run.last;
  result["labels"] = run.labels;
  return result;
}

// The numbers as text, which Python reads: they are the same in the files.
nb::tuple evaluate_videos(const fs::path& data, const fs::path& weights, const NetworkOptions& network,
                          const ClipOptions& clips, const fs::path& root, const fs::path& classes,
                          const std::vector<fs::path>& files, nb::object on_progress) {
  const EvaluationOptions options{.data = data,
                                  .weights = weights,
                                  .root = root,
                                  .classes = classes,
                                  .network = network,
                                  .clips = clips,
                                  .predictions = files.at(0),
                                  .confusion = files.at(1),
                                  .confusion_picture = files.at(2),
                                  .reliability_picture = files.at(3),
                                  .page = files.at(4)};
  const RunListeners on{nb::none(), nb::none(), std::move(on_progress)};
  const TrainingCallbacks callbacks = callbacks_of(on);
  const auto [json, text] = run_interruptibly([&] {
    const Evaluation found = evaluate(
        options, {.judging = callbacks.reading, .note = {}, .stop_requested = callbacks.stop_requested});
    return std::pair(evaluation_json(found), evaluation_text(found));
  });
  return nb::make_tuple(json, text);
}

nb::tuple check_data(const std::vector<SettingValue>& settings, const fs::path& config, std::int64_t folds,
                     const fs::path& weights, const NetworkOptions& network, const fs::path& page,
                     nb::object on_progress) {
  const CheckOptions options{.config = config,
                             .settings = settings,
                             .folds = folds,
                             .weights = weights,
                             .network = network,
                             .page = page};
  const RunListeners on{nb::none(), nb::none(), std::move(on_progress)};
  const TrainingCallbacks callbacks = callbacks_of(on);
  const auto [json, text] = run_interruptibly([&] {
    const CheckReport report = check_videos(options, {.reading = callbacks.reading,
                                                      .comparing = {},
                                                      .labelling = {},
                                                      .drawing = {},
                                                      .stop_requested = callbacks.stop_requested});
    return std::pair(check_json(report), check_text(report));
  });
  return nb::make_tuple(json, text);
}

}  // namespace

TrainingCallbacks callbacks_of(const RunListeners& on) {
  TrainingCallbacks callbacks;
  callbacks.stop_requested = InterruptWatch::pressed;
  if (!on.metrics.is_none()) {
    callbacks.step = [&on](const TrainingStep& step) {
      const nb::gil_scoped_acquire locked;
      call(on.metrics, told(step));
    };
    callbacks.evaluation = [&on](const TrainingEvaluation& evaluation) {
      const nb::gil_scoped_acquire locked;
      call(on.metrics, told(evaluation));
    };
  }
  if (!on.note.is_none()) {
    callbacks.note = [&on](const std::string& lines) {
      const nb::gil_scoped_acquire locked;
      call(on.note, lines);
    };
  }
  if (!on.reading.is_none()) {
    callbacks.reading = [&on](std::int64_t done, std::int64_t total) {
      const nb::gil_scoped_acquire locked;
      call(on.reading, done, total);
    };
  }
  return callbacks;
}

void bind_runs(nb::module_& m) {
  m.def("train", &train_run, nb::arg("out"), nb::arg("settings"), nb::arg("config"), nb::arg("resume"),
        nb::arg("on_metrics").none(), nb::arg("on_note").none(), nb::arg("on_reading").none());
  m.def("evaluate", &evaluate_videos, nb::arg("data"), nb::arg("weights"), nb::arg("network"),
        nb::arg("clips"), nb::arg("root"), nb::arg("classes"), nb::arg("files"),
        nb::arg("on_progress").none());
  m.def("check", &check_data, nb::arg("settings"), nb::arg("config"), nb::arg("folds"), nb::arg("weights"),
        nb::arg("network"), nb::arg("page"), nb::arg("on_progress").none());
  m.def("starting_weights", &starting_weights);
  m.def("training_settings", [] {
    nb::list all;
    for (const SettingDescription& one : training_settings()) {
      all.append(
          nb::make_tuple(one.name, one.unit, one.default_value, one.help, one.choices, one.may_change));
    }
    return all;
  });
}

}  // namespace c3d::python
