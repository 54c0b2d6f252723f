#include "c3d/report/pages/run_page.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "c3d/report/html/page.h"
#include "c3d/report/html/text.h"
#include "c3d/report/pages/assets.h"
#include "c3d/report/pages/page_videos.h"
#include "c3d/report/pages/run_parts.h"

namespace c3d {
namespace {

using Json = nlohmann::ordered_json;

std::string videos_html(const RunFacts& facts, const ListedVideos& listed) {
  if (facts.videos.empty()) return "";
  const char* const by =
      facts.has_label_sets ? "the loss of its labels" : "the probability of the class that it shows";
  std::string html = fmt::format(
      "<p class=\"quiet\">After step {}, ordered by {}. Three frames of each: the first, the middle and the "
      "last one. What it shows is marked among what was seen.</p><h3>The worst</h3>{}",
      facts.evaluated_step, by, cards_html("worst"));
  html += "<h3>The best</h3>" + cards_html("best");
  if (listed.left_out > 0) {
    html += fmt::format(
        "<p class=\"quiet\">{} of {} videos are not listed in this page, which is bounded; "
        "predictions.jsonl has them all.</p>",
        listed.left_out, facts.videos.size());
  }
  return html;
}

}  // namespace

std::string run_page(const RunFacts& facts, const VideoChoice& choice, const Thumbnails& thumbnails) {
  const Confusions confusions = confusions_of(facts);
  std::vector<PageVideo> videos;
  videos.reserve(facts.videos.size());
  for (const EvaluatedVideo& video : facts.videos) {
    videos.push_back({.path = video.path,
                      .name = "",
                      .truth = video.prediction.truth,
                      .seen = video.prediction.predictions,
                      .note = ""});
  }
  Json data;
  add_classes(facts, confusions, data);
  const ListedVideos listed = add_videos(videos, choice.listed, thumbnails, data);
  add_list("worst", choice.worst, listed, data);
  add_list("best", choice.best, listed, data);
  HtmlPage page;
  page.title = facts.name;
  page.subtitle = fmt::format("A training run of C3D: {} {}", facts.labels.size(),
                              facts.has_label_sets ? "labels, any number of them in a video." : "classes.");
  const std::string classes_title = facts.has_label_sets ? "Labels" : "Classes";
  page.sections = {{"overview", "Overview", overview_html(facts, confusions)},
                   {"curves", "Curves", curves_html(facts, data)},
                   {"classes", classes_title, classes_html(facts, confusions)},
                   {"confusions", "Confusions", matrix_html(facts, confusions)},
                   {"worst-and-best", "Worst and best videos", videos_html(facts, listed)},
                   {"calibration", "Calibration", calibration_html(facts)},
                   {"skipped", "What was skipped", skipped_html(facts)},
                   {"settings", "Settings", settings_html(facts.settings)},
                   {"go-on", "Go on", commands_html(facts.commands)}};
  page.dialogs = dialog_html();
  page.footer = "Made by c3d_train. This file holds all that it shows, and loads nothing.";
  page.style = kVideoPagesStyle;
  page.script = fmt::format("{}{}{}", kVideosScript, kMatrixScript, kChartsScript);
  page.data = data.dump(-1, ' ', false, Json::error_handler_t::replace);
  return page_text(page);
}

}  // namespace c3d
