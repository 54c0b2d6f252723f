#include "c3d/training/run_folder.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <map>

#include "c3d/report/pictures.h"
#include "data/class_names.h"
#include "engine/core/error.h"
#include "engine/core/printable.h"
#include "engine/io/atomic_file.h"
#include "engine/train/metrics.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kCurvePoints = 200;
constexpr const char* kCurves = "curves.png";

std::optional<fs::path> first_there(const std::vector<fs::path>& files) {
  const auto found = std::find_if(files.begin(), files.end(),
                                  [](const fs::path& file) { return file_identity(file).has_value(); });
  return found == files.end() ? std::nullopt : std::optional(*found);
}

// Means over equal stretches of the run: single steps jump too much to be read.
Curve smooth_curve(const std::string& name, const std::vector<StepReport>& steps, double StepReport::*value) {
  Curve curve{.name = name, .points = {}};
  const std::size_t stretch = std::max<std::size_t>(1, (steps.size() + kCurvePoints - 1) / kCurvePoints);
  for (std::size_t first = 0; first < steps.size(); first += stretch) {
    RunningMean mean;
    const std::size_t end = std::min(steps.size(), first + stretch);
    for (std::size_t i = first; i < end; ++i) mean.add(steps[i].*value);
    curve.points.emplace_back(static_cast<double>(steps[end - 1].step), mean.mean());
  }
  return curve;
}

Curve evaluation_curve(const std::string& name, const std::vector<EvaluationReport>& evaluations,
                       double EvaluationReport::*value) {
  Curve curve{.name = name, .points = {}};
  for (const EvaluationReport& report : evaluations) {
    curve.points.emplace_back(static_cast<double>(report.step), report.*value);
  }
  return curve;
}

// Clips and videos: of videos with one clip each, or all wrong or right, these are equal, and both must be
// seen.
void add_validation(Chart& chart, const std::vector<EvaluationReport>& evaluations,
                    double EvaluationReport::*of_clips, double EvaluationReport::*of_videos) {
  chart.curves.push_back(evaluation_curve("validation clips", evaluations, of_clips));
  chart.curves.push_back(evaluation_curve("validation videos", evaluations, of_videos));
  chart.curves.back().dashed = true;
}

Chart small_chart(const char* title, const std::vector<StepReport>& steps, double StepReport::*value) {
  return {.title = title, .x_label = "step", .y_label = "", .curves = {smooth_curve("", steps, value)}};
}

std::string confusion_png_of(const EvaluationReport& report, const std::vector<std::string>& labels) {
  return confusion_png(
      labels, report.confusion,
      fmt::format("{} videos after step {}: {:.1f} % right", report.videos, report.step, 100 * report.top1));
}

// The last `count` numbers of a line of confusion.csv; names before them may hold commas.
std::vector<std::int64_t> last_numbers(const std::string& line, std::size_t count) {
  std::vector<std::int64_t> numbers(count, 0);
  std::size_t end = line.size();
  for (std::size_t i = count; i > 0; --i) {
    const std::size_t comma = line.rfind(',', end == 0 ? 0 : end - 1);
    if (comma == std::string::npos) return {};
    const char *first = line.data() + comma + 1, *last = line.data() + end;
    const auto [stop, status] = std::from_chars(first, last, numbers[i - 1]);
    if (status != std::errc() || stop != last) return {};
    end = comma;
  }
  return numbers;
}

// Quotes as RFC 4180 wants them.
std::string csv_field(const std::string& name) {
  std::string text = printable(name);
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char letter : text) {
    quoted += letter;
    if (letter == '"') quoted += '"';
  }
  return quoted + "\"";
}

// Of label sets.
Chart precision_chart(const std::vector<EvaluationReport>& evaluations) {
  Chart chart{
      .title = "Mean average precision", .x_label = "step", .y_label = "share", .curves = {}, .y_to = 1};
  add_validation(chart, evaluations, &EvaluationReport::clip_mean_average_precision,
                 &EvaluationReport::mean_average_precision);
  return chart;
}

// As class_table(), of label sets.
std::string label_table(const std::vector<LabelResult>& results, const std::vector<std::string>& names,
                        std::size_t width) {
  std::string table = fmt::format("{:<{}}  videos  average precision  threshold    F1\n", "label", width);
  for (std::size_t i = 0; i < results.size(); ++i) {
    const LabelResult& result = results[i];
    table += fmt::format("{:<{}}  {:>6}  ", names[i], width, result.videos);
    table += result.average_precision < 0
                 ? fmt::format("{:>17}  {:>9.3f}  {:>4}\n", "-", result.threshold, "-")
                 : fmt::format("{:>15.1f} %  {:>9.3f}  {:.2f}\n", 100 * result.average_precision,
                               result.threshold, result.f1);
  }
  return table;
}

}  // namespace

std::optional<fs::path> RunFolder::file_of_a_checkpoint() const {
  return first_there({last(), best(), confusion(), label_results(), confusion_picture(), path_ / kCurves});
}

std::optional<fs::path> RunFolder::file_of_a_run() const {
  if (auto file = first_there({state(), config(), metrics(), labels()})) return file;
  return file_of_a_checkpoint();
}

void RunFolder::fail_without_state() const {
  const std::optional<fs::path> weights = first_there({last(), best()});
  fail(
      "the run in {} cannot go on: its {} is gone, which says where it was and holds its momentum. Put it "
      "back, or start a new run in another --out{}",
      path_, state().filename(),
      weights ? fmt::format(" from its weights: --init {}", printable(weights->string())) : "");
}

std::vector<fs::path> RunFolder::files() const {
  return {config(),
          labels(),
          metrics(),
          last(),
          best(),
          state(),
          confusion(),
          confusion_picture(),
          label_results(),
          predictions(),
          best_predictions(),
          skipped(),
          report(),
          thumbnails(),
          heat(),
          path_ / kCurves};
}

void RunFolder::prepare(const std::string& config_json, const std::vector<std::string>& label_names,
                        std::uint64_t needed_bytes) const {
  std::error_code failure;
  fs::create_directories(path_, failure);
  expect(!failure, "{}: cannot make the run's folder: {}", path_, failure.message());
  const fs::space_info disk = fs::space(path_, failure);
  if (!failure) {
    std::uint64_t room = disk.available;
    for (const auto& file : {last(), best(), state()}) {
      const std::uint64_t bytes = fs::file_size(file, failure);
      if (!failure) room += bytes;
    }
    expect(room >= needed_bytes,
           "{}: the run's files need {:.1f} MB and the disk has {:.1f} MB left; free some or choose another "
           "--out",
           path_, static_cast<double>(needed_bytes) / 1e6, static_cast<double>(room) / 1e6);
  }
  write_file(config(), config_json);
  std::string lines;
  for (const std::string& label : label_names) lines += printable(label) + "\n";
  write_file(labels(), lines);
}

void RunFolder::write_confusion(const EvaluationReport& report,
                                const std::vector<std::string>& label_names) const {
  write_file(confusion(), confusion_csv(report.confusion, label_names));
}

void RunFolder::write_label_results(const EvaluationReport& report,
                                    const std::vector<std::string>& label_names) const {
  std::string csv = "label,videos,average_precision,threshold,f1\n";
  for (std::size_t i = 0; i < report.label_results.size(); ++i) {
    const LabelResult& result = report.label_results[i];
    const bool is_shown = result.average_precision >= 0;
    csv += fmt::format("{},{},{},{},{}\n", csv_field(label_names.at(i)), result.videos,
                       is_shown ? fmt::format("{:.6f}", result.average_precision) : "", result.threshold,
                       is_shown ? fmt::format("{:.6f}", result.f1) : "");
  }
  write_file(label_results(), csv);
}

std::vector<std::vector<std::int64_t>> RunFolder::read_confusion(std::size_t classes) const {
  std::vector<std::string> lines;
  std::ifstream file(confusion());
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  if (lines.size() != classes + 1) return {};
  std::vector<std::vector<std::int64_t>> counts;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    counts.push_back(last_numbers(lines[i], classes));
    if (counts.back().empty()) return {};
  }
  return counts;
}

std::string RunFolder::draw_confusion_picture(const EvaluationReport& report,
                                              const std::vector<std::string>& label_names) const {
  if (!can_draw()) return {};
  std::string png = confusion_png_of(report, label_names);
  write_file(confusion_picture(), png);
  return png;
}

void RunFolder::draw_curves() const {
  if (!can_draw()) return;
  const MetricHistory history = read_metrics(metrics());
  if (!history.steps.empty()) draw_history(history, path_ / kCurves);
}

std::string confusion_csv(const std::vector<std::vector<std::int64_t>>& confusion,
                          const std::vector<std::string>& labels) {
  std::string csv = "truth \\ predicted";
  for (const std::string& label : labels) csv += "," + csv_field(label);
  for (std::size_t truth = 0; truth < confusion.size(); ++truth) {
    csv += fmt::format("\n{},{}", csv_field(labels.at(truth)), fmt::join(confusion[truth], ","));
  }
  return csv + "\n";
}

void draw_confusion_of(const EvaluationReport& report, const std::vector<std::string>& labels,
                       const fs::path& png) {
  write_file(png, confusion_png_of(report, labels));
}

void draw_history(const MetricHistory& history, const fs::path& png) {
  Chart loss{.title = "Loss", .x_label = "step", .y_label = "cross-entropy", .curves = {}};
  Chart accuracy{.title = "Accuracy", .x_label = "step", .y_label = "share right", .curves = {}, .y_to = 1};
  loss.curves.push_back(smooth_curve("training clips", history.steps, &StepReport::loss));
  accuracy.curves.push_back(smooth_curve("training clips", history.steps, &StepReport::accuracy));
  if (!history.evaluations.empty()) {
    const auto& evaluations = history.evaluations;
    add_validation(loss, evaluations, &EvaluationReport::clip_loss, &EvaluationReport::video_loss);
    add_validation(accuracy, evaluations, &EvaluationReport::clip_accuracy, &EvaluationReport::top1);
  }
  std::vector<Chart> charts = {loss, accuracy};
  if (!history.evaluations.empty() && history.evaluations.back().mean_average_precision >= 0) {
    charts.push_back(precision_chart(history.evaluations));
  }
  draw_charts(png, charts,
              {small_chart("Learning rate", history.steps, &StepReport::learning_rate),
               small_chart("Gradient norm, before clipping", history.steps, &StepReport::gradient_norm),
               small_chart("Training clips a second", history.steps, &StepReport::clips_per_second)});
}

RunLock::RunLock(const RunFolder& folder) {
  expect(!folder.path().empty(), "--out is empty; it names the run's folder");
  std::error_code failure;
  // "a/link/.." is where the link leads, as for the files of the run.
  fs::path path = fs::weakly_canonical(fs::absolute(folder.path()), failure);
  expect(!failure, "{}: cannot make the run's folder: {}", folder.path(), failure.message());
  if (!path.has_filename()) path = path.parent_path();
  for (fs::path part = path; !file_identity(part) && part.has_relative_path(); part = part.parent_path()) {
    made_.push_back(part);
  }
  fs::create_directories(path, failure);
  expect(!failure && fs::is_directory(path, failure), "{}: cannot make the run's folder: {}", folder.path(),
         failure ? failure.message() : "there is a file of this name");
  try {
    lock_.emplace(lock_file_of(path),
                  fmt::format("a training is running in {}: its folder", printable(folder.path().string())));
  } catch (const Error&) {
    remove_made();
    throw;
  }
}

RunLock::~RunLock() {
  lock_.reset();
  remove_made();
}

void RunLock::remove_made() {
  std::error_code not_empty;
  for (const fs::path& folder : made_) fs::remove(folder, not_empty);
}

std::string class_table(const EvaluationReport& report, const std::vector<std::string>& labels) {
  std::vector<std::string> names;
  std::size_t width = 5;
  for (std::size_t i = 0; i < report.classes.size(); ++i) {
    names.push_back(printable(labels.at(i)));
    width = std::max(width, names.back().size());
  }
  if (!report.label_results.empty()) return label_table(report.label_results, names, width);
  std::string table = fmt::format("{:<{}}  videos  right\n", "class", width);
  for (std::size_t i = 0; i < report.classes.size(); ++i) {
    const ClassResult& result = report.classes[i];
    const double share =
        result.videos == 0 ? 0
                           : 100.0 * static_cast<double>(result.correct) / static_cast<double>(result.videos);
    table += fmt::format("{:<{}}  {:>6}  {:>4.0f} %\n", names[i], width, result.videos, share);
  }
  return table;
}

void check_labels(const std::vector<std::string>& labels) {
  std::map<std::string, std::size_t> numbers;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const std::string& label = labels[i];
    expect(is_class_name(label),
           "the name of class {} is not UTF-8 text on one line without control characters: `{}`; rename it",
           i, label);
    const auto [other, is_new] = numbers.emplace(label, i);
    expect(is_new, "classes {} and {} have the same name, `{}`; rename one, or give both one number",
           other->second, i, label);
  }
}

}  // namespace c3d
