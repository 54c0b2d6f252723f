// The reliability diagram of Guo et al. 2017.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "c3d/report/html/page.h"
#include "c3d/report/pages/page_videos.h"
#include "c3d/report/pages/run_parts.h"

namespace c3d {
namespace {

constexpr double kLeft = 44, kTop = 8, kSide = 260, kBottom = 40;

std::string diagram(const std::vector<CalibrationBin>& bins, const std::string& alternative) {
  const double width = kLeft + kSide + 24, height = kTop + kSide + kBottom;
  std::string svg =
      fmt::format("<svg class=\"reliability\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">", width,
                  height, alternative);
  for (int tick = 0; tick <= 100; tick += 25) {
    const double x = kLeft + kSide * tick / 100, y = kTop + kSide * (100 - tick) / 100;
    svg += fmt::format("<line class=\"grid\" x1=\"{}\" x2=\"{}\" y1=\"{}\" y2=\"{}\"/>", kLeft, kLeft + kSide,
                       y, y);
    svg += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{} %</text>", kLeft - 6, y + 4, tick);
    svg +=
        fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{} %</text>", x, kTop + kSide + 16, tick);
  }
  const double step = kSide / static_cast<double>(bins.size());
  for (std::size_t i = 0; i < bins.size(); ++i) {
    if (bins[i].count == 0) continue;
    const double tall = kSide * bins[i].right;
    svg += fmt::format("<rect class=\"bar\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"/>",
                       kLeft + step * static_cast<double>(i) + 1, kTop + kSide - tall, step - 2, tall);
  }
  svg += fmt::format("<line class=\"ideal\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>", kLeft, kTop + kSide,
                     kLeft + kSide, kTop);
  svg += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">probability that is given</text></svg>",
                     kLeft + kSide / 2, kTop + kSide + 34);
  return svg;
}

}  // namespace

std::string calibration_html(const RunFacts& facts) {
  const std::vector<CalibrationBin>& bins = facts.calibration;
  std::int64_t all = 0;
  for (const CalibrationBin& bin : bins) all += bin.count;
  if (all == 0) return "";
  const double error = expected_calibration_error(bins);
  const std::string what =
      facts.has_label_sets ? "every label of every video" : "the likeliest class of every video";
  HtmlTable table{
      .caption = "Share that is right, by the probability of " + what,
      .sortable = false,
      .columns = {{"probability from"}, {"predictions", true}, {"mean probability", true}, {"right", true}},
      .rows = {}};
  for (std::size_t i = 0; i < bins.size(); ++i) {
    if (bins[i].count == 0) continue;
    const double from = static_cast<double>(i) / static_cast<double>(bins.size());
    table.rows.push_back({{fmt::format("{:.0f} %", 100 * from), from},
                          {fmt::format("{}", bins[i].count)},
                          {percent_text(bins[i].probability)},
                          {percent_text(bins[i].right)}});
  }
  return fmt::format(
      "<p>Where probabilities are right as often as they say, the bars end at the dashed line; longer ones "
      "are better than they say, shorter ones too sure. Expected calibration error: <strong>{:.3f}</strong>, "
      "of {} predictions.</p><div class=\"columns\">{}{}</div>",
      error, all,
      diagram(bins, fmt::format("Reliability diagram of {}; its values stand in the table beside it", what)),
      table_html(table));
}

}  // namespace c3d
