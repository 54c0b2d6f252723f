// An evaluation for a terminal.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "c3d/evaluation.h"
#include "engine/core/printable.h"
#include "engine/train/video_score.h"

namespace c3d {
namespace {

constexpr std::size_t kFewClasses = 40;   // that have a row each, whatever the videos
constexpr std::size_t kMostRows = 200;    // classes
constexpr std::size_t kMostFailed = 20;   // videos
constexpr std::size_t kLongestName = 40;  // of a class, that others are set off for

std::string percent(double share) { return share < 0 ? "-" : fmt::format("{:.1f} %", 100 * share); }

std::string row(const std::string& what, const std::string& of_videos, const std::string& of_clips) {
  return fmt::format("{:<26}{:>10}{:>10}\n", what, of_videos, of_clips);
}

template <typename Number>
std::string row(const std::string& what, const Evaluation& evaluation, const Number& number) {
  return row(what, number(evaluation.videos), number(evaluation.clips));
}

std::string number_rows(const Evaluation& evaluation) {
  using Numbers = const EvaluationNumbers&;
  const auto three = [](double value) { return fmt::format("{:.3f}", value); };
  std::string text = row("", "videos", "clips");
  text += row("judged", evaluation, [](Numbers of) { return fmt::format("{}", of.count); });
  text += row("top-1", evaluation, [](Numbers of) { return percent(of.top1); });
  text += row("top-5", evaluation, [](Numbers of) { return percent(of.top5); });
  if (!evaluation.has_label_sets) {
    text +=
        row("mean class accuracy", evaluation, [](Numbers of) { return percent(of.mean_class_accuracy); });
  }
  text += row("mean average precision", evaluation,
              [](Numbers of) { return percent(of.mean_average_precision); });
  text += row("precision, macro", evaluation, [&](Numbers of) { return three(of.macro.precision); });
  text += row("recall, macro", evaluation, [&](Numbers of) { return three(of.macro.recall); });
  text += row("F1, macro", evaluation, [&](Numbers of) { return three(of.macro.f1); });
  text += row("precision, weighted", evaluation, [&](Numbers of) { return three(of.weighted.precision); });
  text += row("recall, weighted", evaluation, [&](Numbers of) { return three(of.weighted.recall); });
  text += row("F1, weighted", evaluation, [&](Numbers of) { return three(of.weighted.f1); });
  text += row("cross-entropy", evaluation, [](Numbers of) { return fmt::format("{:.4g}", of.loss); });
  text += row(fmt::format("calibration error, {} bins", evaluation.videos.calibration.bins.size()),
              evaluation, [&](Numbers of) { return three(of.calibration.error); });
  text += row("best temperature", evaluation,
              [](Numbers of) { return fmt::format("{:.3g}", of.calibration.temperature); });
  text += row("  cross-entropy at it", evaluation,
              [](Numbers of) { return fmt::format("{:.4g}", of.calibration.scaled_loss); });
  return text + row("  calibration error at it", evaluation,
                    [&](Numbers of) { return three(of.calibration.scaled_error); });
}

// Of many classes those that no video shows and none is taken for have no row.
std::string class_rows(const Evaluation& evaluation) {
  std::vector<const ClassEvaluation*> classes;
  const std::size_t all = evaluation.videos.classes.size();
  classes.reserve(all);
  for (const ClassEvaluation& one : evaluation.videos.classes) {
    if (all <= kFewClasses || one.shown > 0 || one.told > 0) classes.push_back(&one);
  }
  const std::size_t without_videos = all - classes.size(), shown = std::min(classes.size(), kMostRows);
  std::vector<std::string> names;
  names.reserve(shown);
  std::size_t width = 5;
  for (std::size_t c = 0; c < shown; ++c) {
    names.push_back(printable(classes[c]->name));
    width = std::max(width, std::min(names.back().size(), kLongestName));
  }
  const bool sets = evaluation.has_label_sets;
  std::string text = fmt::format("\n{:<{}}  videos  precision  recall    F1  average precision{}\n",
                                 sets ? "label" : "class", width, sets ? "  threshold" : "");
  for (std::size_t c = 0; c < shown; ++c) {
    const ClassEvaluation& one = *classes[c];
    text += fmt::format("{:<{}}  {:>6}  {:>9.3f}  {:>6.3f}  {:>4.2f}  {:>17}", names[c], width, one.shown,
                        one.precision, one.recall, one.f1, percent(one.average_precision));
    text += sets ? fmt::format("  {:>9.3f}\n", one.threshold) : "\n";
  }
  if (shown < classes.size()) text += fmt::format("and {} more\n", classes.size() - shown);
  if (without_videos > 0) {
    text += fmt::format("and {} that no video shows or is taken for\n", without_videos);
  }
  return text;
}

// "walk 3.1 %, wave 80.2 %"
std::string told(const Evaluation& evaluation, const JudgedVideo& video, const std::vector<int>& classes) {
  if (classes.empty()) return "none";
  std::vector<std::string> parts;
  parts.reserve(classes.size());
  for (const int c : classes) {
    const auto place = static_cast<std::size_t>(c);
    parts.push_back(
        fmt::format("{} {}", printable(evaluation.labels.at(place)), percent(video.probabilities.at(place))));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string worst_rows(const Evaluation& evaluation) {
  std::string text =
      fmt::format("\nthe {} worst videos, by the cross-entropy of what they show\n", evaluation.worst.size());
  for (const std::size_t place : evaluation.worst) {
    const JudgedVideo& video = evaluation.judged.at(place);
    const std::vector<int> likeliest = {top_k(video.probabilities, 1).front().first};
    text += fmt::format("  {}: shows {}; likeliest {}\n", printable(video.file.native()),
                        told(evaluation, video, video.truth), told(evaluation, video, likeliest));
  }
  return text;
}

std::string failed_rows(const Evaluation& evaluation) {
  if (evaluation.failed == 0) return "";
  std::string text =
      fmt::format("\n{} of {} videos could not be judged\n", evaluation.failed, evaluation.judged.size());
  std::size_t said = 0;
  for (const JudgedVideo& video : evaluation.judged) {
    if (video.error.empty() || said == kMostFailed) continue;
    text += fmt::format("  {}: {}\n", printable(video.file.native()), printable(video.error));
    ++said;
  }
  const auto more = static_cast<std::size_t>(evaluation.failed) - said;
  if (more > 0) text += fmt::format("  and {} more\n", more);
  return text;
}

}  // namespace

std::string evaluation_text(const Evaluation& evaluation) {
  return number_rows(evaluation) + class_rows(evaluation) + worst_rows(evaluation) + failed_rows(evaluation);
}

}  // namespace c3d
