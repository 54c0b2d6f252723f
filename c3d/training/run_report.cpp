#include "c3d/training/run_report.h"

#include <algorithm>
#include <fstream>

#include "c3d/common/duration.h"
#include "c3d/common/shell_word.h"
#include "c3d/report/pages/run_page.h"
#include "c3d/report/pages/run_videos.h"
#include "c3d/training/label_heat.h"
#include "c3d/training/predictions_file.h"
#include "c3d/training/skipped_file.h"
#include "c3d/training/synth_data.h"
#include "c3d/training/train_setting_table.h"
#include "data/video_reader.h"
#include "engine/core/error.h"
#include "engine/core/printable.h"
#include "engine/io/atomic_file.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

// How the frames of a video are opened, which has so many of them.
using OpenFrames = std::function<std::unique_ptr<FrameSource>(const fs::path&, std::int64_t frames)>;

fs::path whole_path(const fs::path& path) {
  std::error_code failure;
  const fs::path whole = fs::weakly_canonical(fs::absolute(path), failure);
  if (failure) return path;
  return whole.has_filename() ? whole : whole.parent_path();
}

std::vector<ReportSetting> report_settings(const TrainSettings& settings) {
  const TrainSettings defaults;
  std::vector<ReportSetting> all;
  std::string group;
  for (const TrainSetting& setting : train_setting_table()) {
    if (!setting.group.empty()) group = setting.group;
    all.push_back({.group = group,
                   .name = setting.name,
                   .value = setting_text(settings, setting.name),
                   .default_value = setting_text(defaults, setting.name),
                   .unit = setting.unit,
                   .help = setting.help});
  }
  return all;
}

std::vector<ReportCommand> commands_of(const RunFolder& folder, const TrainSettings& settings,
                                       const std::string& video) {
  const fs::path run = whole_path(folder.path());
  const bool has_best = file_identity(folder.best()).has_value();
  if (!has_best && !file_identity(folder.last())) return {};
  const fs::path weights = run / (has_best ? folder.best() : folder.last()).filename();
  const std::string infer = "c3d_infer --weights " + shell_word(weights.string());
  std::vector<ReportCommand> commands = {
      {"Label a video with the run's weights:", infer + " " + shell_word(video)},
      {"Label a folder of videos, with a page like this one:", infer + " FOLDER --report labels.html"}};
  // A fold goes on with all of its cross-validation.
  const fs::path resumed = settings.fold.empty() ? run : run.parent_path();
  commands.push_back({"Go on with the run, if it was stopped before its last step:",
                      fmt::format("c3d_train --out {} --resume", shell_word(resumed.string()))});
  if (!is_synth(settings.data)) {
    commands.push_back({"Train on from its weights, as a new run:",
                        fmt::format("c3d_train --data {} --init {} --out {}", shell_word(settings.data),
                                    shell_word(weights.string()), shell_word(run.string() + "-next"))});
  }
  return commands;
}

RunFacts facts_of(const RunFolder& folder, const TrainSettings& settings) {
  RunFacts facts;
  facts.name = whole_path(folder.path()).filename().string();
  facts.has_label_sets = settings.label_sets;
  std::ifstream file(folder.labels());
  for (std::string label; std::getline(file, label);) facts.labels.push_back(label);
  facts.settings = report_settings(settings);
  facts.best_by = settings.best_by;
  MetricHistory history = read_metrics(folder.metrics());
  facts.steps = std::move(history.steps);
  facts.evaluations = std::move(history.evaluations);
  Predictions predictions = read_predictions(folder.best_predictions(), facts.labels.size());
  if (std::ranges::find(facts.evaluations, predictions.step, &EvaluationReport::step) ==
      facts.evaluations.end())
    predictions = read_predictions(folder.predictions(), facts.labels.size());
  // Those of a run with other labels say nothing of this one.
  if (predictions.has_label_sets == facts.has_label_sets && !facts.evaluations.empty()) {
    facts.videos = std::move(predictions.videos);
    facts.calibration = std::move(predictions.calibration);
    facts.evaluated_step = predictions.step;
  }
  Skipped skipped = read_skipped(folder.skipped());
  facts.skipped = std::move(skipped.videos);
  facts.passed_over = std::move(skipped.passed_over);
  const bool has_file = !facts.videos.empty() && file_identity(facts.videos.front().path);
  facts.commands = commands_of(folder, settings, has_file ? facts.videos.front().path.string() : "VIDEO");
  return facts;
}

struct PictureTime {
  double seconds = 0;
  const std::function<bool()>& stopped;
};

// Returns whether pictures were made or forgotten.
bool write_page(const RunFolder& folder, const RunFacts& facts, Thumbnails& thumbnails,
                const OpenFrames& open, const PictureTime& time) {
  const VideoChoice choice = choose_videos(facts);
  std::vector<StripRequest> wanted;
  for (const std::size_t place : choice.pictured) {
    const EvaluatedVideo& video = facts.videos[place];
    wanted.push_back({video.path, [&open, &video] { return open(video.path, video.frames); }});
  }
  const bool changed = thumbnails.provide(wanted, time.seconds, time.stopped);
  write_file(folder.report(), run_page(facts, choice, thumbnails));
  return changed;
}

}  // namespace

RunReporter::RunReporter(const RunFolder& folder, const TrainSettings& settings, const PreparedData& data,
                         std::int64_t total_steps)
    : folder_(folder),
      settings_(settings),
      data_(data),
      total_steps_(total_steps),
      thumbnails_(folder.thumbnails()),
      heat_(folder.heat()),
      started_(steady_seconds()) {}

void RunReporter::write_predictions(const EvaluationReport& evaluation, bool best) const {
  c3d::write_predictions(folder_.predictions(), evaluation, data_.validation);
  if (best) c3d::write_predictions(folder_.best_predictions(), evaluation, data_.validation);
}

void RunReporter::write_skipped(const std::vector<BrokenVideo>& failures) {
  skipped_ = skipped_of(data_, failures);
  add_earlier_failures(read_skipped(folder_.skipped()), skipped_);
  sort_skipped(skipped_);
  c3d::write_skipped(folder_.skipped(), skipped_);
}

void RunReporter::renew(const std::function<bool()>& stopped) {
  const double begin = steady_seconds();
  const double left = kPictureShare * (begin - started_) - spent_;
  write("", std::clamp(left, 0.0, kMostRenewalSeconds), stopped);
  spent_ += steady_seconds() - begin;
}

void RunReporter::finish(const std::string& trouble, double picture_seconds,
                         const std::function<bool()>& stopped) {
  write(trouble, picture_seconds, stopped);
  // Also where none is new, so that the part which a killed writer of them left goes.
  has_new_pictures_ = !thumbnails_.empty();
}

void RunReporter::write(const std::string& trouble, double seconds, const std::function<bool()>& stopped) {
  RunFacts facts = facts_of(folder_, settings_);
  facts.total_steps = total_steps_;
  facts.trouble = trouble;
  // Of memory: the page has them also where their file cannot be written.
  facts.skipped = skipped_.videos;
  facts.passed_over = skipped_.passed_over;
  add_heat(heat_, facts);
  // As the run reads them: from its cache, or drawn.
  const OpenFrames open = [this](const fs::path& path, std::int64_t frames) {
    return data_.open(Video{.path = path, .label = -1, .frames = frames});
  };
  has_new_pictures_ = write_page(folder_, facts, thumbnails_, open, {seconds, stopped}) || has_new_pictures_;
}

bool RunReporter::make_heat(double seconds, const std::function<bool()>& stopped) {
  const RunFacts facts = facts_of(folder_, settings_);
  const std::vector<HeatVideo> wanted = heat_videos(facts, choose_videos(facts));
  has_new_heat_ = provide_heat(heat_, wanted, {folder_, settings_, data_, seconds, stopped});
  return has_new_heat_ || !heat_.failures().empty();
}

void RunReporter::save_heat() {
  if (has_new_heat_) heat_.save();
  has_new_heat_ = false;
}

void RunReporter::save_pictures() {
  if (has_new_pictures_) thumbnails_.save();
  has_new_pictures_ = false;
}

fs::path write_run_report(const RunFolder& folder) {
  expect(file_identity(folder.metrics()).has_value(), "{}: it holds no {}, which says how a training went",
         folder.path(), folder.metrics().filename());
  TrainSettings settings;
  for (const Assignment& one : read_settings(folder.config())) assign(settings, one);
  Thumbnails thumbnails(folder.thumbnails());
  const Numbering numbering = Numbering::at(parse_frame_rate(settings.fps));
  const OpenFrames open = [&](const fs::path& path, std::int64_t frames) {
    return open_frames(path, frames, FrameSize{0, kStripHeight}, {}, numbering);
  };
  const std::function<bool()> stopped = [] { return false; };
  RunFacts facts = facts_of(folder, settings);
  add_heat(HeatStrips(folder.heat()), facts);
  if (write_page(folder, facts, thumbnails, open, {kLastPictureSeconds, stopped})) {
    thumbnails.save();
  }
  return folder.report();
}

}  // namespace c3d
