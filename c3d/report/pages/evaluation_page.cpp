#include "c3d/report/pages/evaluation_page.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "c3d/report/html/page.h"
#include "c3d/report/html/text.h"
#include "c3d/report/pages/assets.h"
#include "c3d/report/pages/page_videos.h"

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

std::string worst_and_best_html(const RunFacts& facts, const ListedVideos& listed) {
  std::string html = fmt::format(
      "<p class=\"quiet\">Ordered by {}. Three frames of each: the first, the middle and the last one. What "
      "it "
      "shows is marked among what was seen.</p><h3>The worst</h3>{}<h3>The best</h3>{}",
      facts.has_label_sets ? "the loss of its labels" : "the probability of the class that it shows",
      cards_html("worst"), cards_html("best"));
  if (listed.left_out > 0) {
    html += fmt::format(
        "<p class=\"quiet\">{} of {} videos are not listed in this page, which is bounded; --predictions has "
        "them all.</p>",
        listed.left_out, facts.videos.size());
  }
  return html;
}

}  // namespace

std::string evaluation_page(const EvaluationPageFacts& facts, const VideoChoice& choice,
                            const Thumbnails& thumbnails) {
  const RunFacts& run = facts.run;
  const Confusions confusions = confusions_of(run);
  std::vector<PageVideo> videos;
  videos.reserve(run.videos.size());
  for (const EvaluatedVideo& video : run.videos) {
    videos.push_back({.path = video.path,
                      .name = "",
                      .truth = video.prediction.truth,
                      .seen = video.prediction.predictions,
                      .note = ""});
  }
  Json data;
  add_classes(run, confusions, data);
  const ListedVideos listed = add_videos(videos, choice.listed, thumbnails, data);
  add_list("worst", choice.worst, listed, data);
  add_list("best", choice.best, listed, data);
  HtmlPage page;
  page.title = run.name;
  page.subtitle =
      fmt::format("An evaluation of a trained C3D: {}, {} {}",
                  count_text(static_cast<std::int64_t>(run.videos.size()), "video"), run.labels.size(),
                  run.has_label_sets ? "labels, any number of them in a video." : "classes.");
  page.sections = {{"overview", "Overview", numbers_html(facts)},
                   {"classes", run.has_label_sets ? "Labels" : "Classes",
                    classes_html(run, confusions, "of its probability, as the weights have it")},
                   {"confusions", "Confusions", matrix_html(run, confusions)},
                   {"worst-and-best", "Worst and best videos", worst_and_best_html(run, listed)},
                   {"calibration", "Calibration", calibration_html(run)},
                   {"skipped", "What was skipped", skipped_html(run)},
                   {"go-on", "Go on", commands_html(run.commands)}};
  page.dialogs = dialog_html();
  page.footer = "Made by c3d_infer evaluate. This file holds all that it shows, and loads nothing.";
  page.style = kVideoPagesStyle;
  page.script = fmt::format("{}{}", kVideosScript, kMatrixScript);
  page.data = data.dump(-1, ' ', false, Json::error_handler_t::replace);
  return page_text(page);
}

}  // namespace c3d
