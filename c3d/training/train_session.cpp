#include "c3d/training/train_session.h"

#include <algorithm>

#include "c3d/common/shell_word.h"
#include "c3d/report/pictures.h"
#include "c3d/training/memory_need.h"
#include "c3d/training/run_report.h"
#include "c3d/training/run_setup.h"
#include "c3d/training/same_videos.h"
#include "c3d/training/shipped_start.h"
#include "c3d/training/show_clips.h"
#include "c3d/training/train_config.h"
#include "engine/core/printable.h"
#include "engine/core/usable_memory.h"
#include "engine/io/file.h"
#include "engine/io/read_error.h"
#include "engine/io/safetensors.h"
#include "model/initialize.h"
#include "model/weight_layout.h"
#include "weights/weights_file.h"

namespace c3d {
namespace {

ModelInfo model_info_of(const TrainSettings& settings, const PreparedData& data,
                        const std::array<float, 3>& mean) {
  ModelInfo info = model_info(settings, mean);
  info.labels = data.train.labels;
  info.network.classes = static_cast<std::int64_t>(info.labels.size());
  info.has_label_sets = settings.label_sets;
  return info;
}

// There, and as it was written.
bool is_sound(const std::filesystem::path& weights) {
  if (!file_identity(weights)) return false;
  try {
    read_safetensors(weights);
    return true;
  } catch (const Error&) {
    return false;
  }
}

// What an evaluation of label sets says of the weights.
void add_thresholds(const EvaluationReport& report, ModelInfo& info) {
  if (report.label_results.empty()) return;
  for (const LabelResult& result : report.label_results) info.thresholds.push_back(result.threshold);
  info.other["validation_mean_average_precision"] = fmt::format("{}", report.mean_average_precision);
}

}  // namespace

TrainSession::TrainSession(Backend& backend, const TrainSettings& settings, const PreparedData& data,
                           const std::array<float, 3>& mean, Start start, Communicator* ranks)
    : backend_(backend),
      ranks_(ranks != nullptr ? *ranks : alone_),
      settings_(settings),
      data_(data),
      info_(model_info_of(settings, data, mean)),
      model_(info_.network, parameters_) {
  check_labels(info_.labels);
  check_against_data(settings, data);
  const auto stored_pixels =
      static_cast<double>(data.clip.stored_height()) * static_cast<double>(data.clip.stored_width());
  expect_memory(memory_parts(settings, info_.network, static_cast<double>(parameters_.element_count()),
                             stored_pixels, computes_on_host(backend)),
                usable_memory_bytes() / ranks_.local_size());
  set_parameter_rules(settings, model_, parameters_);
  parameters_.allocate(backend, true);
  if (start == Start::anew) start_weights();
  const auto options = [&](bool training) {
    LoaderOptions one = loader_options(settings, training);
    one.share = {.group = training ? settings.accumulate : ranks_.size(),
                 .rank = ranks_.rank(),
                 .ranks = ranks_.size()};
    return one;
  };
  train_ = std::make_unique<ClipLoader>(backend, data.train, data.clip, options(true), data.open);
  if (!data.validation.videos.empty()) {
    validation_ = std::make_unique<ClipLoader>(backend, data.validation, evaluation_clip(settings, data.clip),
                                               options(false), data.open);
  }
  config_ = train_config(settings, info_, data, train_->batches_per_epoch());
  note_ += optimization_notes(settings, model_, config_, info_.labels);
  const Network network = [this](Tape& tape, Var clip) { return model_.forward(tape, clip).logits; };
  trainer_ = std::make_unique<Trainer>(backend, parameters_, network, config_, &ranks_);
}

void TrainSession::start_weights() {
  initialize(model_, parameters_, backend_, settings_.initialization,
             static_cast<std::uint64_t>(settings_.seed));
  if (settings_.init.empty()) return;
  const std::vector<std::string> anew = layer_names(model_, "reinit", settings_.reinit);
  const std::filesystem::path file = start_file(settings_.init);
  try {
    const NamedTensors weights = read_weights(file, settings_.init_map);
    const NamedTensor* head = weights.find(std::string(kHeadLayer) + ".weight");
    const bool head_anew = std::find(anew.begin(), anew.end(), kHeadLayer) != anew.end();
    if (head != nullptr && head->values.shape().rank() == 2 && !head_anew) {
      expect(head->values.shape()[0] == info_.network.classes,
             "{} tells {} classes apart and the videos show {}; --reinit {} starts that layer anew",
             kHeadLayer, head->values.shape()[0], info_.network.classes, kHeadLayer);
    }
    note_other_frames(weights);
    check_finite(weights, anew);
    import_parameters(model_, parameters_, backend_, parameters_of(weights), parameters_.all_values(), anew);
  } catch (Error& error) {
    error.add_context("while starting from the weights " + printable(file.native()));
    throw;
  }
  parameters_.values_changed(backend_);
}

// Weights are used to the frames they were trained on.
void TrainSession::note_other_frames(const NamedTensors& weights) {
  const ModelInfo info = model_info(weights);
  const Preprocessing &was = info.preprocessing, &now = info_.preprocessing;
  const bool same_mean = was.mean_cube || now.mean_cube
                             ? was.mean_cube && now.mean_cube && *was.mean_cube == *now.mean_cube
                             : was.mean == now.mean;
  if (!info.preprocessing_known) return;
  if (was.resize == now.resize && was.colour_order == now.colour_order && same_mean && was.scale == now.scale)
    return;
  note_ = fmt::format(
      "note: the weights to start from know frames prepared otherwise, {}; --set profile, or mean, "
      "input_scale and colour_order, to keep them\n",
      c3d::description(was, info.network.crop));
}

std::string TrainSession::restore(const Checkpoint& checkpoint, const RunFolder& folder) {
  const auto videos = checkpoint.other.find("videos");
  expect_same_videos(videos == checkpoint.other.end() ? "" : videos->second, data_);
  restore_checkpoint(checkpoint, backend_, parameters_, trainer_->state_arrays());
  trainer_->restore(checkpoint.state);
  has_state_ = true;
  std::string notes = mend_weights(folder);
  const auto plan = checkpoint.other.find("plan");
  if (plan == checkpoint.other.end() || plan->second.empty()) return notes;
  try {
    backend_.add_plan(plan->second);
  } catch (const Error& error) {
    notes += fmt::format("note: this is another device than the run had, so the last bits will differ: {}\n",
                         error.message());
  }
  return notes;
}

// A run that was killed between its first state and the weights that follow it, or whose weights were
// removed or damaged.
std::string TrainSession::mend_weights(const RunFolder& folder) {
  const TrainState& state = trainer_->state();
  for (const EvaluationReport& report : read_metrics(folder.metrics()).evaluations) {
    if (report.step == state.step && report.classes.size() == info_.labels.size()) last_evaluation_ = report;
  }
  if (!is_sound(folder.last())) save_weights(folder.last());
  has_best_ = is_sound(folder.best());
  if (state.best_step < 0 || has_best_) return "";
  const char* const what = file_identity(folder.best()) ? "damaged" : "gone";
  if (state.best_step != state.step) {
    return fmt::format(
        "note: {}, the weights after step {}, is {}; it comes back when an evaluation is better than {}\n",
        printable(folder.best().string()), state.best_step, what, best_text(state, settings_.best_by));
  }
  save_best(folder);
  return "";
}

void TrainSession::expect_no_checkpoint_yet(const RunFolder& folder) const {
  const MetricHistory history = read_metrics(folder.metrics());
  if (!history.steps.empty() && history.steps.back().step > config_.snapshot_every)
    folder.fail_without_state();
}

// Nothing without the setting.
std::unique_ptr<TensorBoardLog> TrainSession::start_events(const RunFolder& folder,
                                                           const RunWatcher& watcher) const {
  const std::filesystem::path events = event_folder(settings_, folder);
  if (events.empty()) return nullptr;
  auto log = std::make_unique<TensorBoardLog>(events, info_.labels, watcher.note);
  std::function<std::string()> clips;
  if (can_draw()) clips = [this] { return clips_png(settings_, data_); };
  log->start(settings_, read_metrics(folder.metrics()), trainer_->state().seconds, clips);
  return log;
}

RunEnd TrainSession::run(const RunFolder& folder, std::uint64_t keep_metric_bytes,
                         const RunWatcher& watcher) {
  JsonlSink metrics(folder.metrics(), keep_metric_bytes);
  RunReporter reporter(folder, settings_, data_, config_.schedule.total_steps);
  trainer_->add_sink(watcher.metrics);
  trainer_->add_sink(metrics);
  const std::unique_ptr<TensorBoardLog> events = start_events(folder, watcher);
  if (events) trainer_->add_sink(*events);
  TrainHooks hooks;
  hooks.save = [&] {
    if (events) events->sync();
    save(folder, metrics);
  };
  hooks.stop_requested = [&] {
    watch_failures(watcher.note);
    return too_many_failures_ || watcher.stop_requested();
  };
  std::int64_t drawn_step = -1;  // that the curves reach
  hooks.evaluated = [&](const EvaluationReport& evaluation, bool best) {
    last_evaluation_ = evaluation;
    if (!has_state_) save_state(folder, metrics);
    if (best) save_best(folder);
    if (settings_.label_sets) {
      folder.write_label_results(evaluation, info_.labels);
    } else {
      folder.write_confusion(evaluation, info_.labels);
      draw(watcher, [&] {
        const std::string png = folder.draw_confusion_picture(evaluation, info_.labels);
        if (events && !png.empty()) events->add_confusion(evaluation.step, png);
      });
    }
    draw(watcher, [&] { folder.draw_curves(); });
    drawn_step = evaluation.step;
    report(watcher, "predictions.jsonl", [&] { reporter.write_predictions(evaluation, best); });
    write_page(watcher, reporter, [&] { reporter.renew(watcher.stop_requested); });
  };
  RunEnd end{};
  try {
    ranks_.expect_steps(true);
    end = trainer_->run(*train_, validation_.get(), hooks);
    ranks_.expect_steps(false);
    if (too_many_failures_) throw Error(*too_many_failures_);
  } catch (Error& error) {
    const bool cannot_read = dynamic_cast<const ReadError*>(&error) != nullptr;
    // Whoever waits for the error waits no longer than for a renewed page.
    write_page(watcher, reporter,
               [&] { reporter.finish(error.message(), kMostRenewalSeconds, watcher.stop_requested); });
    if (cannot_read) {
      // No share of broken videos allows it: what cannot be read now may be there again.
      add_way_on(error, folder, "see that all videos are there and can be read");
    } else if (!failures().empty()) {
      add_way_on(error, folder, "repair the videos, or allow more broken ones by --set broken_share=SHARE");
    }
    throw;
  }
  if (end == RunEnd::finished && validation_ == nullptr) save_best(folder);
  if (events && end != RunEnd::stopped) events->finish();
  if (drawn_step != trainer_->state().step) draw(watcher, [&] { folder.draw_curves(); });
  const std::string why = end == RunEnd::out_of_patience ? why_over() : "";
  write_page(watcher, reporter, [&] { reporter.finish(why, kLastPictureSeconds, watcher.stop_requested); });
  // The page is there by now, whatever becomes of a second network.
  if (end != RunEnd::stopped && make_heat(watcher, reporter)) {
    write_page(watcher, reporter, [&] { reporter.finish(why, 0, watcher.stop_requested); });
    report(watcher, ".heat.jsonl", [&] { reporter.save_heat(); });
  }
  if (!why.empty()) watcher.note(why);
  return end;
}

// A picture is a by-product: that it fails is said once, and ends no run.
void TrainSession::draw(const RunWatcher& watcher, const std::function<void()>& picture) {
  try {
    picture();
  } catch (const std::exception& error) {
    if (!drawing_failed_) {
      const auto* ours = dynamic_cast<const Error*>(&error);
      watcher.note(fmt::format("note: a picture was not drawn: {}",
                               ours != nullptr ? ours->message() : printable(error.what())));
    }
    drawing_failed_ = true;
  }
}

// So is the page of the run, and what it is made of.
void TrainSession::report(const RunWatcher& watcher, const char* file, const std::function<void()>& write) {
  try {
    write();
  } catch (const std::exception& error) {
    if (!unwritten_.insert(file).second) return;
    const auto* ours = dynamic_cast<const Error*>(&error);
    watcher.note(fmt::format("note: {} was not written, the run goes on without: {}", file,
                             ours != nullptr ? ours->message() : printable(error.what())));
  }
}

// Each of its files by itself: one that cannot be written holds back no other.
void TrainSession::write_page(const RunWatcher& watcher, RunReporter& reporter,
                              const std::function<void()>& page) {
  report(watcher, "skipped.jsonl", [&] { reporter.write_skipped(failures()); });
  report(watcher, "report.html", page);
  report(watcher, ".thumbnails.jsonl", [&] { reporter.save_pictures(); });
}

// So is heat. Returns whether the page is to be written anew.
bool TrainSession::make_heat(const RunWatcher& watcher, RunReporter& reporter) const {
  if (!has_best_) return false;
  bool changed = false;
  std::string trouble;
  try {
    const double seconds = std::min(kHeatShare * trainer_->state().seconds, kMostHeatSeconds);
    changed = reporter.make_heat(seconds, watcher.stop_requested);
    trouble = reporter.heat_trouble();
  } catch (const std::exception& error) {
    const auto* ours = dynamic_cast<const Error*>(&error);
    trouble =
        fmt::format("the page has no heat: {}", ours != nullptr ? ours->message() : printable(error.what()));
  }
  if (!trouble.empty()) watcher.note("note: " + trouble);
  return changed;
}

void TrainSession::add_way_on(Error& error, const RunFolder& folder, const char* repair) const {
  if (saved_step_ < 0) return;
  error.add_context(
      fmt::format("everything up to step {} is saved; {}, and go on with:", saved_step_, repair));
  error.add_context(fmt::format("c3d_train --out {} --resume", shell_word(folder.path().string())));
}

void TrainSession::save_weights(const std::filesystem::path& path) const {
  ModelInfo info = info_;
  const TrainState& state = trainer_->state();
  info.other = {{"step", std::to_string(state.step)},
                {"seed", std::to_string(settings_.seed)},
                {"precision", to_string(settings_.precision)},
                {"source", "c3d_train"}};
  if (!last_evaluation_.classes.empty() && last_evaluation_.step == state.step) {
    add_thresholds(last_evaluation_, info);
    info.other["validation_top1"] = fmt::format("{}", last_evaluation_.top1);
    info.other["validation_clip_accuracy"] = fmt::format("{}", last_evaluation_.clip_accuracy);
    info.other["validation_clip_loss"] = fmt::format("{}", last_evaluation_.clip_loss);
  }
  NamedTensors weights = export_parameters(model_, parameters_, backend_, trainer_->weights());
  add_model_info(weights, info);
  write_safetensors(path, weights);
}

void TrainSession::save_best(const RunFolder& folder) {
  save_weights(folder.best());
  has_best_ = true;
}

// The state comes last: what it describes is on the disk by then. Only the first one comes before all
// weights, see RunFolder; a run that is killed between the two writes them when it goes on.
void TrainSession::save(const RunFolder& folder, JsonlSink& metrics) {
  const bool is_first = !has_state_;
  if (is_first) save_state(folder, metrics);
  save_weights(folder.last());
  if (!is_first) save_state(folder, metrics);
  saved_step_ = trainer_->state().step;
}

void TrainSession::save_state(const RunFolder& folder, JsonlSink& metrics) {
  const TrainState& state = trainer_->state();
  const std::int64_t epoch = steps_per_epoch(train_->batches_per_epoch(), settings_.accumulate);
  const std::map<std::string, std::string> other = {
      {"settings", settings_json(settings_)},
      {"mean", fmt::format("{}", fmt::join(info_.preprocessing.mean, ","))},
      {"labels", fmt::format("{}", fmt::join(info_.labels, "\n"))},
      {"videos", data_.fingerprint},
      {"metrics_bytes", std::to_string(metrics.synced_bytes())},
      {"epoch", std::to_string(state.step / epoch)},
      {"epoch_step", std::to_string(state.step % epoch)},
      {"backend", backend_.description()},
      {"plan", backend_.plan()}};
  save_checkpoint(folder.state(), backend_, parameters_, trainer_->state_arrays(), state, other);
  has_state_ = true;
}

// Of both loaders, so far.
std::vector<BrokenVideo> TrainSession::failures() const {
  std::vector<BrokenVideo> failed;
  for (const ClipLoader* loader : {train_.get(), validation_.get()}) {
    if (loader == nullptr) continue;
    for (const LoaderFailure& failure : loader->failures()) failed.push_back({failure.path, failure.error});
  }
  return failed;
}

// Videos that decoded once and fail now: each is said once, too many end the run as a signal does.
void TrainSession::watch_failures(const std::function<void(const std::string&)>& say) {
  for (const std::string& note : data_.cache->take_notes()) say("note: " + note);
  const std::vector<BrokenVideo> failed = failures();
  if (failed.size() == reported_failures_) return;
  reported_failures_ = failed.size();
  const std::size_t videos = data_.train.videos.size() + data_.validation.videos.size();
  say(fmt::format("{} of {} videos decoded before and fail now, the last: {}: {}", failed.size(), videos,
                  printable(failed.back().path.native()), reason_of(failed.back())));
  try {
    expect_few_broken(failed, videos, settings_.broken_share);
  } catch (const Error& error) {
    too_many_failures_ = error;
  }
}

}  // namespace c3d
