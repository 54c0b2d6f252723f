// What a run's page says first: how good the network is, what goes wrong, what to do next.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <span>
#include <sstream>

#include "c3d/common/duration.h"
#include "c3d/report/html/text.h"
#include "c3d/report/pages/page_videos.h"
#include "c3d/report/pages/run_parts.h"
#include "engine/train/best_evaluation.h"

namespace c3d {
namespace {

constexpr std::size_t kMostNamed = 3;         // mistakes, and labels that are hard to tell
constexpr std::size_t kMostClassesNamed = 6;  // that are never told right
constexpr double kClearlyMore = 1.1;          // a loss that has risen so much has not only trembled
constexpr std::size_t kRecentSteps = 10;      // reports

std::string named(const std::string& label) { return "<bdi>" + html_text(label) + "</bdi>"; }

// The one whose weights the run keeps as its best. Without one, as every loss is none: the last.
const EvaluationReport& best_of(const RunFacts& facts) {
  const EvaluationReport* best = &facts.evaluations.back();
  TrainState state;
  for (const EvaluationReport& one : facts.evaluations) {
    if (note_evaluation(state, one, facts.best_by)) best = &one;
  }
  return *best;
}

std::string chosen_by(BestBy by) {
  switch (by) {
    case BestBy::video_accuracy:
      break;
    case BestBy::clip_accuracy:
      return ", chosen by its single clips";
    case BestBy::loss:
      return ", chosen by the loss of the videos";
  }
  return "";
}

// A bar from 0 to 1. mark: a place on it that is worth comparing with; negative: there is none.
std::string meter_html(double share, double mark, const std::string& alternative) {
  std::string html = fmt::format(
      "<div class=\"meter\" role=\"img\" aria-label=\"{}\"><span style=\"width: {:.1f}%\"></span>",
      html_text(alternative), 100 * std::clamp(share, 0.0, 1.0));
  if (mark >= 0) html += fmt::format("<i style=\"left: {:.1f}%\"></i>", 100 * mark);
  return html + "</div>";
}

std::string score_html(const RunFacts& facts) {
  if (facts.evaluations.empty()) {
    return "<p>Nothing was evaluated: the run has no validation videos, or has not come to its first "
           "evaluation. How well it tells new videos apart is not known.</p>";
  }
  const EvaluationReport& best = best_of(facts);
  const std::string value = percent_text(best.score());
  std::string html = fmt::format(
      "<p class=\"score\">{}</p><p>{}of {}{}, after step {}{}{}.</p>", value,
      facts.has_label_sets ? "mean average precision " : "", count_text(best.videos, "validation video"),
      facts.has_label_sets ? ""
      : best.videos == 1   ? " is told right"
                           : " are told right",
      best.step,
      facts.evaluations.size() == 1 ? ""
                                    : fmt::format(", the best of {} evaluations", facts.evaluations.size()),
      chosen_by(facts.best_by));
  if (!facts.videos.empty() && facts.evaluated_step != best.step) {
    html +=
        fmt::format("<p class=\"quiet\">What videos were taken for is of the evaluation after step {}.</p>",
                    facts.evaluated_step);
  }
  if (facts.has_label_sets || facts.videos.empty()) return html + meter_html(best.score(), -1, value);
  const std::vector<std::int64_t> counts = videos_of_labels(facts);
  const double guess = static_cast<double>(std::ranges::max(counts)) /
                       static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::int64_t{0}));
  const std::string compared =
      fmt::format("Always naming the most frequent class would be right in {}", percent_text(guess));
  return html + meter_html(best.score(), guess, value + ". " + compared) +
         fmt::format("<p class=\"quiet\">{}: the mark on the bar.</p>", compared);
}

std::string mistakes_html(const RunFacts& facts, const Confusions& confusions) {
  std::string html;
  const std::vector<std::int64_t> counts = videos_of_labels(facts);
  const std::vector<Mistake> mistakes = mistakes_of(confusions);
  for (std::size_t i = 0; i < std::min(kMostNamed, mistakes.size()); ++i) {
    const auto& [cell, videos] = mistakes[i];
    const auto truth = static_cast<std::size_t>(cell.first), seen = static_cast<std::size_t>(cell.second);
    html += fmt::format(
        "<li>{} is taken for {}: <button type=\"button\" class=\"link\" data-cell=\"{},{}\">{} of {}"
        "</button></li>",
        named(facts.labels.at(truth)), named(facts.labels.at(seen)), truth, seen, videos,
        count_text(counts.at(truth), "video"));
  }
  std::vector<std::size_t> never;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const int label = static_cast<int>(i);
    if (counts[i] > 0 && !confusions.contains({label, label})) never.push_back(i);
  }
  if (!never.empty()) {
    std::string names;
    for (std::size_t i = 0; i < std::min(kMostClassesNamed, never.size()); ++i) {
      names += (i == 0 ? "" : ", ") + named(facts.labels[never[i]]);
    }
    if (never.size() > kMostClassesNamed) names += ", …";
    html += fmt::format("<li>{} of {} classes {} never told right: {}.</li>", never.size(), counts.size(),
                        never.size() == 1 ? "is" : "are", names);
  }
  if (mistakes.empty() && !confusions.empty())
    html += "<li>Nothing: every validation video is told right.</li>";
  return html;
}

std::string hard_labels_html(const RunFacts& facts) {
  if (facts.evaluations.empty()) return "";
  const std::vector<LabelResult>& results = facts.evaluations.back().label_results;
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < std::min(results.size(), facts.labels.size()); ++i) {
    if (results[i].average_precision >= 0) order.push_back(i);
  }
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
    return results[a].average_precision < results[b].average_precision;
  });
  std::string html;
  for (std::size_t i = 0; i < std::min(kMostNamed, order.size()); ++i) {
    const LabelResult& result = results[order[i]];
    html += fmt::format(
        "<li>{}: an average precision of {}, <button type=\"button\" class=\"link\" data-label=\"{}\">{}"
        "</button></li>",
        named(facts.labels[order[i]]), percent_text(result.average_precision), order[i],
        count_text(result.videos, "video"));
  }
  return html;
}

// The mean of the last reports: one alone trembles. Without reports NaN, which is less than nothing.
double recent_training_loss(const std::vector<StepReport>& steps) {
  const auto recent = std::span(steps).last(std::min(kRecentSteps, steps.size()));
  double sum = 0;
  for (const StepReport& step : recent) sum += step.loss;
  return sum / static_cast<double>(recent.size());
}

// Learning by heart is a loss that falls of what is learnt and rises of what is not.
std::string rising_loss_html(const RunFacts& facts) {
  if (facts.evaluations.empty()) return "";
  const EvaluationReport &last = facts.evaluations.back(),
                         &least =
                             *std::ranges::min_element(facts.evaluations, {}, &EvaluationReport::video_loss);
  if (!(last.video_loss > kClearlyMore * least.video_loss)) return "";
  const bool by_heart = kClearlyMore * recent_training_loss(facts.steps) < last.video_loss;
  return fmt::format(
      "<li>The loss of the validation videos has risen from {:.3g} after step {} to {:.3g}{}.</li>",
      least.video_loss, least.step, last.video_loss,
      by_heart ? ": the network learns its training videos by heart" : "");
}

std::string next_html(const RunFacts& facts) {
  std::string html;
  const bool is_over =
      !facts.trouble.empty() || facts.steps.empty() || facts.total_steps <= facts.steps.back().step;
  if (!is_over) {
    html += fmt::format(
        "<li>The run is at step {} of {}: wait for it, or <a href=\"#go-on\">go on with it</a> "
        "if it was stopped.</li>",
        facts.steps.back().step, facts.total_steps);
  }
  if (!facts.videos.empty()) html += "<li><a href=\"#worst-and-best\">Look at the worst videos</a>.</li>";
  if (!facts.skipped.empty()) {
    html += fmt::format(
        "<li><a href=\"#skipped\">See why {} skipped</a>.</li>",
        facts.skipped.size() == 1 ? "1 video was" : fmt::format("{} videos were", facts.skipped.size()));
  }
  if (!facts.commands.empty()) html += "<li><a href=\"#go-on\">Label videos with it, or train on</a>.</li>";
  return html;
}

// Its lines stay lines.
std::string trouble_html(const std::string& trouble) {
  std::string html = "<p class=\"trouble\"><strong>The run ended early.</strong>";
  std::istringstream lines(trouble);
  bool is_first = true;
  for (std::string line; std::getline(lines, line); is_first = false) {
    html += (is_first ? " " : "<br>") + html_text(line);
  }
  return html + "</p>";
}

std::string list_html(const std::string& title, const std::string& items) {
  return items.empty() ? "" : "<div><h3>" + title + "</h3><ul>" + items + "</ul></div>";
}

std::vector<Tile> tiles_of(const RunFacts& facts) {
  std::vector<Tile> tiles;
  if (!facts.evaluations.empty()) {
    const EvaluationReport& last = facts.evaluations.back();
    tiles.push_back({facts.has_label_sets ? "Last mean average precision" : "Videos right, last",
                     percent_text(last.score()), fmt::format("after step {}", last.step)});
    tiles.push_back({"Clips right, last", percent_text(last.clip_accuracy), count_text(last.clips, "clip")});
    tiles.push_back({"Loss of videos", fmt::format("{:.4g}", last.video_loss), "cross-entropy"});
  }
  if (!facts.videos.empty()) {
    tiles.push_back({"Calibration error",
                     fmt::format("{:.3f}", expected_calibration_error(facts.calibration)), "expected"});
  }
  if (!facts.steps.empty()) {
    const StepReport& last = facts.steps.back();
    const std::string planned = facts.total_steps > 0 ? fmt::format("of {}", facts.total_steps) : "";
    tiles.push_back({"Steps", fmt::format("{}", last.step), planned});
    tiles.push_back({"Training loss", fmt::format("{:.4g}", last.loss),
                     fmt::format("{} of the clips right", percent_text(last.accuracy))});
    tiles.push_back(
        {"Time", duration_text(last.seconds), fmt::format("{:.3g} clips a second", last.clips_per_second)});
  }
  return tiles;
}

}  // namespace

std::string overview_html(const RunFacts& facts, const Confusions& confusions) {
  std::string html;
  if (!facts.trouble.empty()) html += trouble_html(facts.trouble);
  const std::string wrong =
      (facts.has_label_sets ? hard_labels_html(facts) : mistakes_html(facts, confusions)) +
      rising_loss_html(facts);
  html += "<div class=\"glance\"><div>" + score_html(facts) + "</div>" +
          list_html(facts.has_label_sets ? "What is hard to tell" : "What goes wrong", wrong) +
          list_html("What to do next", next_html(facts)) + "</div>";
  const std::vector<Tile> tiles = tiles_of(facts);
  return html + (tiles.empty() ? "<p>No step was reported yet.</p>" : tiles_html(tiles));
}

}  // namespace c3d
