#include "c3d/report/pages/evaluation_page.h"

#include <fmt/format.h>

#include "c3d/report/html/page.h"
#include "c3d/report/html/text.h"
#include "c3d/report/pages/assets.h"
#include "c3d/report/pages/run_videos.h"
#include "engine/io/json.h"

namespace c3d {
namespace {

using Json = nlohmann::ordered_json;

std::string numbers_html(const EvaluationPageFacts& facts) {
  HtmlTable table{
      .caption = "What was evaluated", .sortable = false, .columns = {{"what"}, {"value"}}, .rows = {}};
  for (const auto& [what, value] : facts.made_with) {
    table.rows.push_back({{html_text(what)}, {html_text(value)}});
  }
  return tiles_html(facts.tiles) + "<h3>Made with</h3>" + table_html(table);
}

}  // namespace

std::string evaluation_page(const EvaluationPageFacts& facts, const VideoChoice& choice,
                            const Thumbnails& thumbnails) {
  const RunFacts& run = facts.run;
  const Confusions confusions = confusions_of(run);
  Json data;
  const ListedVideos listed = add_run_videos(run, confusions, choice, thumbnails, data);
  HtmlPage page;
  page.title = run.name;
  page.subtitle =
      fmt::format("An evaluation of a trained C3D: {}, {} {}",
                  count_text(static_cast<std::int64_t>(run.videos.size()), "video"), run.labels.size(),
                  run.has_label_sets ? "labels, any number of them in a video." : "classes.");
  page.sections = {
      {"overview", "Overview", numbers_html(facts)},
      {"classes", run.has_label_sets ? "Labels" : "Classes",
       classes_html(run, confusions, "of its probability, as the weights have it")},
      {"confusions", "Confusions", matrix_html(run, confusions)},
      {"worst-and-best", "Worst and best videos",
       worst_and_best_html(run, listed, {.when = "", .all = "--predictions", .network = "the network"})},
      {"calibration", "Calibration", calibration_html(run)},
      {"skipped", "What was skipped", skipped_html(run)},
      {"go-on", "Go on", commands_html(run.commands)}};
  page.dialogs = dialog_html();
  page.footer = "Made by c3d_infer evaluate. This file holds all that it shows, and loads nothing.";
  page.style = kVideoPagesStyle;
  page.script = fmt::format("{}{}", kVideosScript, kMatrixScript);
  page.data = dump_json(data);
  return page_text(page);
}

}  // namespace c3d
