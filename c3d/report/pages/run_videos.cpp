#include "c3d/report/pages/run_videos.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "c3d/report/pages/run_parts.h"

namespace c3d {
ListedVideos add_run_videos(const RunFacts& facts, const Confusions& confusions, const VideoChoice& choice,
                            const Thumbnails& thumbnails, nlohmann::ordered_json& data) {
  std::vector<PageVideo> videos;
  videos.reserve(facts.videos.size());
  for (const EvaluatedVideo& video : facts.videos) {
    videos.push_back({.path = video.path,
                      .name = "",
                      .truth = video.prediction.truth,
                      .seen = video.prediction.predictions,
                      .note = "",
                      .heat = video.heat,
                      .no_heat = video.no_heat});
  }
  add_classes(facts, confusions, data);
  ListedVideos listed = add_videos(videos, choice.listed, thumbnails, data);
  add_list("worst", choice.worst, listed, data);
  add_list("best", choice.best, listed, data);
  return listed;
}

std::vector<HeatVideo> heat_videos(const RunFacts& facts, const VideoChoice& choice) {
  std::vector<HeatVideo> wanted;
  for (HeatChoice& chosen : choose_heat(facts, choice)) {
    const EvaluatedVideo& video = facts.videos[chosen.video];
    wanted.push_back({video.path, video.frames, std::move(chosen.labels)});
  }
  return wanted;
}

void add_heat(const HeatStrips& heat, RunFacts& facts) {
  for (EvaluatedVideo& video : facts.videos) {
    for (LabelStrip& strip : heat.find(video.path)) {
      if (strip.label < facts.labels.size()) video.heat.push_back(std::move(strip));
    }
    const auto failure = heat.failures().find(video.path);
    if (failure != heat.failures().end()) video.no_heat = failure->second;
  }
}

std::string worst_and_best_html(const RunFacts& facts, const ListedVideos& listed, const ShownVideos& shown) {
  if (facts.videos.empty()) return "";
  const bool has_heat =
      std::ranges::any_of(facts.videos, [](const EvaluatedVideo& video) { return !video.heat.empty(); });
  std::string html = fmt::format(
      "<p class=\"quiet\">{} by {}. Three frames of each: the first, the middle and the last one. What it "
      "shows is marked among what was seen.</p>{}<h3>The worst</h3>{}<h3>The best</h3>{}",
      shown.when.empty() ? "Ordered" : shown.when + ", ordered",
      facts.has_label_sets ? "the loss of its labels" : "the probability of the class that it shows",
      has_heat ? heat_html(shown.network) : "", cards_html("worst"), cards_html("best"));
  if (listed.left_out > 0) {
    html += fmt::format(
        "<p class=\"quiet\">{} of {} videos are not listed in this page, which is bounded; {} has them "
        "all.</p>",
        listed.left_out, facts.videos.size(), shown.all);
  }
  return html;
}

}  // namespace c3d
