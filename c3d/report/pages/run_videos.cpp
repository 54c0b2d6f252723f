#include "c3d/report/pages/run_videos.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "c3d/report/pages/run_parts.h"

namespace c3d {
namespace {

constexpr const char* kHeatText =
    "<p class=\"quiet\">Some have eight more frames, of the clip in the middle of the video, with heat: it "
    "says where the run's best network finds what speaks for a label (Grad-CAM), from violet, a little, "
    "to yellow, the most in this clip. What the network does not see is dark. Frames count from 0.</p>";

}  // namespace

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

std::string worst_and_best_html(const RunFacts& facts, const ListedVideos& listed, const std::string& when,
                                const std::string& all) {
  if (facts.videos.empty()) return "";
  const bool has_heat =
      std::ranges::any_of(facts.videos, [](const EvaluatedVideo& video) { return !video.heat.empty(); });
  std::string html = fmt::format(
      "<p class=\"quiet\">{} by {}. Three frames of each: the first, the middle and the last one. What it "
      "shows is marked among what was seen.</p>{}<h3>The worst</h3>{}<h3>The best</h3>{}",
      when.empty() ? "Ordered" : when + ", ordered",
      facts.has_label_sets ? "the loss of its labels" : "the probability of the class that it shows",
      has_heat ? kHeatText : "", cards_html("worst"), cards_html("best"));
  if (listed.left_out > 0) {
    html += fmt::format(
        "<p class=\"quiet\">{} of {} videos are not listed in this page, which is bounded; {} has them "
        "all.</p>",
        listed.left_out, facts.videos.size(), all);
  }
  return html;
}

}  // namespace c3d
