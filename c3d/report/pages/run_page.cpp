#include "c3d/report/pages/run_page.h"

#include <fmt/format.h>

#include "c3d/report/html/page.h"
#include "c3d/report/html/text.h"
#include "c3d/report/pages/assets.h"
#include "c3d/report/pages/run_parts.h"
#include "c3d/report/pages/run_videos.h"
#include "engine/io/json.h"

namespace c3d {
namespace {

using Json = nlohmann::ordered_json;

// Where all videos of the page stand.
const char* file_of(const RunFacts& facts) {
  const bool is_last = facts.evaluations.empty() || facts.evaluations.back().step == facts.evaluated_step;
  return is_last ? "predictions.jsonl" : "best_predictions.jsonl";
}

}  // namespace

std::string run_page(const RunFacts& facts, const VideoChoice& choice, const Thumbnails& thumbnails) {
  const Confusions confusions = confusions_of(facts);
  Json data;
  const ListedVideos listed = add_run_videos(facts, confusions, choice, thumbnails, data);
  HtmlPage page;
  page.title = facts.name;
  page.subtitle = fmt::format("A training run of C3D: {} {}", facts.labels.size(),
                              facts.has_label_sets ? "labels, any number of them in a video." : "classes.");
  const std::string classes_title = facts.has_label_sets ? "Labels" : "Classes";
  page.sections = {{"overview", "Overview", overview_html(facts, confusions)},
                   {"curves", "Curves", curves_html(facts, data)},
                   {"classes", classes_title, classes_html(facts, confusions)},
                   {"confusions", "Confusions", matrix_html(facts, confusions)},
                   {"worst-and-best", "Worst and best videos",
                    worst_and_best_html(facts, listed,
                                        {.when = fmt::format("After step {}", facts.evaluated_step),
                                         .all = file_of(facts),
                                         .network = "the run's best network"})},
                   {"calibration", "Calibration", calibration_html(facts)},
                   {"skipped", "What was skipped", skipped_html(facts)},
                   {"settings", "Settings", settings_html(facts.settings)},
                   {"go-on", "Go on", commands_html(facts.commands)}};
  page.dialogs = dialog_html();
  page.footer = "Made by c3d_train. This file holds all that it shows, and loads nothing.";
  page.style = kVideoPagesStyle;
  page.script = fmt::format("{}{}{}", kVideosScript, kMatrixScript, kChartsScript);
  page.data = dump_json(data);
  return page_text(page);
}

}  // namespace c3d
