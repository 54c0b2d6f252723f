// Curves by step, as data for charts.js.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "c3d/report/html/page.h"
#include "c3d/report/pages/page_videos.h"
#include "c3d/report/pages/run_parts.h"
#include "engine/train/metrics.h"

namespace c3d {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostPoints = 500;       // of a curve
constexpr std::size_t kMostEvaluations = 200;  // in the table

Json point(std::int64_t step, double value) {
  // JSON has no number for what is none.
  if (!std::isfinite(value)) return {step, nullptr};
  return {step, std::stod(fmt::format("{:.5g}", value))};
}

// Means over equal stretches of the run: single steps jump too much to be read, and a page is bounded.
Json step_curve(const std::string& name, const std::vector<StepReport>& steps, double StepReport::*value) {
  Json points = Json::array();
  const std::size_t stretch = std::max<std::size_t>(1, (steps.size() + kMostPoints - 1) / kMostPoints);
  for (std::size_t first = 0; first < steps.size(); first += stretch) {
    const std::size_t end = std::min(steps.size(), first + stretch);
    RunningMean mean;
    for (std::size_t i = first; i < end; ++i) mean.add(steps[i].*value);
    points.push_back(point(steps[end - 1].step, mean.mean()));
  }
  return {{"name", name}, {"points", points}};
}

// Of too many evaluations every n-th, and the last.
Json evaluation_curve(const std::string& name, const std::vector<EvaluationReport>& evaluations,
                      double EvaluationReport::*value) {
  Json points = Json::array();
  const std::size_t stretch = std::max<std::size_t>(1, (evaluations.size() + kMostPoints - 1) / kMostPoints);
  for (std::size_t i = (evaluations.size() - 1) % stretch; i < evaluations.size(); i += stretch) {
    points.push_back(point(evaluations[i].step, evaluations[i].*value));
  }
  return {{"name", name}, {"points", points}};
}

struct ChartOptions {
  bool is_share = false, is_small = false;
};

void add_chart(Json& data, const std::string& title, const ChartOptions& options, std::vector<Json> curves) {
  std::erase_if(curves, [](const Json& curve) { return curve["points"].empty(); });
  if (curves.empty()) return;
  data["charts"].push_back(
      {{"title", title}, {"share", options.is_share}, {"small", options.is_small}, {"curves", curves}});
}

void add_large_charts(const RunFacts& facts, Json& data) {
  const auto& evaluations = facts.evaluations;
  std::vector<Json> loss = {step_curve("training clips", facts.steps, &StepReport::loss)};
  std::vector<Json> accuracy = {step_curve("training clips", facts.steps, &StepReport::accuracy)};
  if (!evaluations.empty()) {
    loss.push_back(evaluation_curve("validation clips", evaluations, &EvaluationReport::clip_loss));
    loss.push_back(evaluation_curve("validation videos", evaluations, &EvaluationReport::video_loss));
    accuracy.push_back(evaluation_curve("validation clips", evaluations, &EvaluationReport::clip_accuracy));
    accuracy.push_back(evaluation_curve("validation videos", evaluations, &EvaluationReport::top1));
  }
  add_chart(data, "Loss", {}, std::move(loss));
  add_chart(data, "Accuracy", {.is_share = true}, std::move(accuracy));
  if (!facts.has_label_sets || evaluations.empty()) return;
  add_chart(data, "Mean average precision", {.is_share = true},
            {evaluation_curve("clips", evaluations, &EvaluationReport::clip_mean_average_precision),
             evaluation_curve("videos", evaluations, &EvaluationReport::mean_average_precision)});
}

void add_small_charts(const RunFacts& facts, Json& data) {
  const ChartOptions small{.is_small = true};
  add_chart(data, "Learning rate", small, {step_curve("rate", facts.steps, &StepReport::learning_rate)});
  add_chart(data, "Gradient norm", small, {step_curve("norm", facts.steps, &StepReport::gradient_norm)});
  add_chart(data, "Clips a second", small,
            {step_curve("clips/s", facts.steps, &StepReport::clips_per_second)});
}

std::string frames_html(const Json& charts, bool small) {
  std::string html;
  for (std::size_t i = 0; i < charts.size(); ++i) {
    if (charts[i]["small"] == small) html += fmt::format("<div class=\"chart\" data-chart=\"{}\"></div>", i);
  }
  return fmt::format("<div class=\"charts{}\">{}</div>", small ? " small" : "", html);
}

HtmlCell number(double value) { return {fmt::format("{:.4g}", value), value}; }
HtmlCell share(double value) { return {percent_text(value), value}; }

std::string evaluations_table(const RunFacts& facts) {
  const auto& all = facts.evaluations;
  HtmlTable table{.caption = all.size() > kMostEvaluations ? "The last evaluations" : "Every evaluation",
                  .sortable = true,
                  .columns = {{"after step", true},
                              {"clip loss", true},
                              {"video loss", true},
                              {"clips right", true},
                              {"videos right", true},
                              {"in the first 5", true}},
                  .rows = {}};
  if (facts.has_label_sets) table.columns.push_back({"mean average precision", true});
  for (std::size_t i = all.size() - std::min(all.size(), kMostEvaluations); i < all.size(); ++i) {
    const EvaluationReport& one = all[i];
    table.rows.push_back({{fmt::format("{}", one.step), static_cast<double>(one.step)},
                          number(one.clip_loss),
                          number(one.video_loss),
                          share(one.clip_accuracy),
                          share(one.top1),
                          share(one.top5)});
    if (facts.has_label_sets) table.rows.back().push_back(share(one.mean_average_precision));
  }
  return fmt::format("<details><summary>{}</summary>{}</details>",
                     count_text(static_cast<std::int64_t>(all.size()), "evaluation") + " in numbers",
                     table_html(table));
}

}  // namespace

std::string curves_html(const RunFacts& facts, Json& data) {
  data["charts"] = Json::array();
  if (facts.steps.empty() && facts.evaluations.empty()) return "";
  add_large_charts(facts, data);
  add_small_charts(facts, data);
  std::string html = frames_html(data["charts"], false) + frames_html(data["charts"], true);
  if (!facts.evaluations.empty()) html += evaluations_table(facts);
  return html;
}

}  // namespace c3d
