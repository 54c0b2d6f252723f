// The table of classes and the confusion matrix.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "c3d/report/html/page.h"
#include "c3d/report/html/text.h"
#include "c3d/report/pages/page_videos.h"
#include "c3d/report/pages/run_parts.h"
#include "engine/train/class_scores.h"

namespace c3d {
namespace {

constexpr std::size_t kMistakesOfClass = 3;
constexpr std::size_t kMostMistakes = 100;   // in the table of the most frequent ones
constexpr std::size_t kMostClasses = 1000;   // in the table of classes
constexpr std::size_t kFilteredFrom = 20;    // rows, a table has a field to find them by
constexpr std::size_t kBesideMatrix = 12;    // classes, mistakes stand beside the matrix
constexpr std::size_t kMostCells = 200'000;  // of the matrix

const std::string& label_of(const RunFacts& facts, int label) {
  return facts.labels.at(static_cast<std::size_t>(label));
}

HtmlCell share_cell(std::int64_t part, std::int64_t whole) {
  if (whole == 0) return {"<span class=\"quiet\">–</span>"};
  const double share = static_cast<double>(part) / static_cast<double>(whole);
  return {percent_text(share), share};
}

HtmlCell number_cell(std::int64_t number) { return {fmt::format("{}", number), static_cast<double>(number)}; }

// A name may be written from right to left: it does not turn what follows it.
std::string opener(const std::string& attribute, const std::string& name, const std::string& more = "") {
  return fmt::format("<button type=\"button\" class=\"link\" {}><bdi>{}</bdi>{}</button>", attribute,
                     html_text(name), more);
}

std::vector<ClassCounts> counts_of(const RunFacts& facts, const Confusions& confusions) {
  std::vector<ClassCounts> counts(facts.labels.size());
  for (const auto& [cell, count] : confusions) {
    const auto [truth, predicted] = cell;
    counts.at(static_cast<std::size_t>(truth)).shown += count;
    counts.at(static_cast<std::size_t>(predicted)).told += count;
    if (truth == predicted) counts.at(static_cast<std::size_t>(truth)).right += count;
  }
  return counts;
}

// By row and column. Of too many those with the most videos.
std::vector<std::pair<std::pair<int, int>, std::int64_t>> shown_cells(const Confusions& confusions) {
  std::vector<std::pair<std::pair<int, int>, std::int64_t>> cells(confusions.begin(), confusions.end());
  if (cells.size() <= kMostCells) return cells;
  std::ranges::stable_sort(cells, [](const auto& a, const auto& b) { return a.second > b.second; });
  cells.resize(kMostCells);
  std::ranges::sort(cells);
  return cells;
}

std::string filtered(const std::string& table, std::size_t rows, const char* what) {
  if (rows < kFilteredFrom) return "<div id=\"classes-table\">" + table + "</div>";
  return fmt::format(
      "<p class=\"find\"><label for=\"find-class\">Find a {}</label>"
      "<input type=\"search\" id=\"find-class\" data-filters=\"classes-table\"></p>"
      "<div id=\"classes-table\">{}</div>",
      what, table);
}

std::string label_sets_table(const RunFacts& facts, const std::string& threshold) {
  HtmlTable table{.caption = "Labels of the videos",
                  .sortable = true,
                  .columns = {{"label"},
                              {"videos", true, "that show it"},
                              {"average precision", true},
                              {"threshold", true, threshold},
                              {"F1", true, "with this threshold"}},
                  .rows = {}};
  const std::vector<LabelResult>& results = facts.evaluations.back().label_results;
  for (std::size_t i = 0; i < std::min({results.size(), facts.labels.size(), kMostClasses}); ++i) {
    const LabelResult& result = results[i];
    const bool shown = result.average_precision >= 0;
    const HtmlCell none{"<span class=\"quiet\">–</span>"};
    table.rows.push_back(
        {{opener(fmt::format("data-label=\"{}\"", i), facts.labels[i])},
         number_cell(result.videos),
         shown ? HtmlCell{percent_text(result.average_precision), result.average_precision} : none,
         {fmt::format("{:.3f}", result.threshold), result.threshold},
         shown ? HtmlCell{fmt::format("{:.2f}", result.f1), result.f1} : none});
  }
  return filtered(table_html(table), table.rows.size(), "label");
}

}  // namespace

void add_classes(const RunFacts& facts, const Confusions& confusions, nlohmann::ordered_json& data) {
  data["labels"] = nlohmann::ordered_json::array();
  for (const std::string& label : facts.labels) data["labels"].push_back(shown_text(label));
  data["counts"] = videos_of_labels(facts);
  data["cells"] = nlohmann::ordered_json::array();
  for (const auto& [cell, count] : shown_cells(confusions)) {
    data["cells"].push_back({cell.first, cell.second, count});
  }
}

std::string classes_html(const RunFacts& facts, const Confusions& confusions, const std::string& threshold) {
  if (facts.videos.empty()) return "";
  if (facts.has_label_sets) return label_sets_table(facts, threshold);
  std::vector<std::vector<Mistake>> mistakes(facts.labels.size());
  for (const Mistake& mistake : mistakes_of(confusions)) {
    mistakes.at(static_cast<std::size_t>(mistake.first.first)).push_back(mistake);
  }
  const std::vector<ClassCounts> counts = counts_of(facts, confusions);
  HtmlTable table{.caption = "Classes of the videos",
                  .sortable = true,
                  .columns = {{"class"},
                              {"videos", true},
                              {"precision", true, "share of the videos taken for it that show it"},
                              {"recall", true, "share of its videos that are told right"},
                              {"most often taken for"}},
                  .rows = {}};
  for (std::size_t i = 0; i < std::min(facts.labels.size(), kMostClasses); ++i) {
    std::string taken_for;
    for (std::size_t k = 0; k < std::min(mistakes[i].size(), kMistakesOfClass); ++k) {
      const auto& [cell, videos] = mistakes[i][k];
      taken_for += opener(fmt::format("data-cell=\"{},{}\"", cell.first, cell.second),
                          label_of(facts, cell.second), fmt::format(" ({})", videos));
    }
    table.rows.push_back({{opener(fmt::format("data-label=\"{}\"", i), facts.labels[i])},
                          number_cell(counts[i].shown),
                          share_cell(counts[i].right, counts[i].told),
                          share_cell(counts[i].right, counts[i].shown),
                          {"<div class=\"confusions\">" + taken_for + "</div>"}});
  }
  return filtered(table_html(table), table.rows.size(), "class");
}

std::string matrix_html(const RunFacts& facts, const Confusions& confusions) {
  if (confusions.empty()) return "";
  std::string html =
      "<p class=\"quiet\">A row is what videos show, a column what they were taken for. A cell opens its "
      "videos.</p>";
  const std::vector<Mistake> mistakes = mistakes_of(confusions);
  if (mistakes.empty()) return html + "<div id=\"matrix\"></div><p>No video was taken for another class.</p>";
  HtmlTable table{.caption = "A number opens its videos; share: of the class",
                  .sortable = true,
                  .columns = {{"shows"}, {"taken for"}, {"videos", true}, {"share", true}},
                  .rows = {}};
  const std::vector<ClassCounts> counts = counts_of(facts, confusions);
  for (const auto& [cell, videos] : mistakes) {
    if (table.rows.size() == kMostMistakes) break;
    const std::int64_t all = counts.at(static_cast<std::size_t>(cell.first)).shown;
    const std::string truth = html_text(label_of(facts, cell.first)),
                      seen = html_text(label_of(facts, cell.second));
    const std::string attributes =
        fmt::format("data-cell=\"{},{}\" aria-label=\"{}, {} taken for {}\"", cell.first, cell.second,
                    count_text(videos, "video"), truth, seen);
    table.rows.push_back({{"<bdi>" + truth + "</bdi>"},
                          {"<bdi>" + seen + "</bdi>"},
                          {opener(attributes, fmt::format("{}", videos)), static_cast<double>(videos)},
                          share_cell(videos, all)});
  }
  return fmt::format("{}<div{}><div id=\"matrix\"></div><div><h3>Most frequent mistakes</h3>{}</div></div>",
                     html, facts.labels.size() <= kBesideMatrix ? " class=\"columns\"" : "",
                     table_html(table));
}

}  // namespace c3d
