#include "c3d/report/pages/labels_page.h"

#include <fmt/format.h>

#include <algorithm>

#include "c3d/report/html/page.h"
#include "c3d/report/html/text.h"
#include "c3d/report/pages/assets.h"
#include "c3d/report/pages/page_videos.h"
#include "c3d/report/pages/run_parts.h"
#include "engine/io/json.h"

namespace c3d {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kCards = 12;         // of the least and of the most certain videos
constexpr std::size_t kMostInTable = 500;  // videos
constexpr std::size_t kMostLabels = 1000;

double certainty(const LabelledVideo& video) {
  return video.labels.empty() ? 0 : video.labels.front().second;
}

struct LabelCount {
  std::int64_t videos = 0, shown = 0;
  double probability = 0;  // the sum over `videos`
};

std::vector<LabelCount> counts_of(const LabelFacts& facts) {
  std::vector<LabelCount> counts(facts.labels.size());
  for (const LabelledVideo& video : facts.videos) {
    if (video.labels.empty()) continue;
    LabelCount& first = counts.at(static_cast<std::size_t>(video.labels.front().first));
    ++first.videos;
    first.probability += video.labels.front().second;
    for (std::size_t i = 0; i < std::min(video.shown, video.labels.size()); ++i) {
      ++counts.at(static_cast<std::size_t>(video.labels[i].first)).shown;
    }
  }
  return counts;
}

std::string overview(const LabelFacts& facts, std::size_t labelled) {
  double sum = 0;
  std::int64_t frames = 0;
  for (const LabelledVideo& video : facts.videos) {
    sum += certainty(video);
    frames += video.frames;
  }
  const std::size_t failed = facts.videos.size() - labelled;
  std::vector<Tile> tiles = {
      {"Labelled", count_text(static_cast<std::int64_t>(labelled), "video"), count_text(frames, "frame")}};
  if (failed > 0) tiles.push_back({"Failed", count_text(static_cast<std::int64_t>(failed), "video"), ""});
  if (labelled > 0) {
    tiles.push_back(
        {"Mean probability", percent_text(sum / static_cast<double>(labelled)), "of the likeliest label"});
  }
  std::string html = tiles_html(tiles);
  if (facts.done_before > 0) {
    html += fmt::format(
        "<p>{} were done before by an earlier run, whose labels stand in its other outputs alone.</p>",
        count_text(facts.done_before, "video"));
  }
  HtmlTable table{
      .caption = "How they were labelled", .sortable = false, .columns = {{"what"}, {"value"}}, .rows = {}};
  for (const auto& [what, value] : facts.made_with)
    table.rows.push_back({{html_text(what)}, {html_text(value)}});
  return html + "<h3>Made with</h3>" + table_html(table);
}

std::string labels_table(const LabelFacts& facts) {
  const std::vector<LabelCount> counts = counts_of(facts);
  HtmlTable table{.caption = "Labels that were seen",
                  .sortable = true,
                  .columns = {{"label"},
                              {"likeliest in", true, "videos in which it is the likeliest"},
                              {"mean probability", true, "in these"}},
                  .rows = {}};
  if (facts.has_label_sets)
    table.columns.push_back({"shown in", true, "videos in which it is above its threshold"});
  for (std::size_t i = 0; i < counts.size() && table.rows.size() < kMostLabels; ++i) {
    const LabelCount& count = counts[i];
    if (count.videos == 0 && count.shown == 0) continue;
    const double mean = count.videos == 0 ? 0 : count.probability / static_cast<double>(count.videos);
    const std::string name =
        count.videos == 0
            ? "<bdi>" + html_text(facts.labels[i]) + "</bdi>"
            : fmt::format("<button type=\"button\" class=\"link\" data-seen=\"{}\"><bdi>{}</bdi></button>", i,
                          html_text(facts.labels[i]));
    table.rows.push_back({{name},
                          {fmt::format("{}", count.videos), static_cast<double>(count.videos)},
                          {count.videos == 0 ? "–" : percent_text(mean), mean}});
    if (facts.has_label_sets) {
      table.rows.back().push_back({fmt::format("{}", count.shown), static_cast<double>(count.shown)});
    }
  }
  return table.rows.empty() ? "" : table_html(table);
}

std::string videos_table(const LabelFacts& facts, const std::vector<std::size_t>& order) {
  HtmlTable table{
      .caption = order.size() > kMostInTable
                     ? fmt::format("The {} least certain of {} videos", kMostInTable, order.size())
                     : "Videos, the least certain first",
      .sortable = true,
      .columns = {{"video"}, {"likeliest"}, {"probability", true}, {"frames", true}, {"seconds", true}},
      .rows = {}};
  for (const std::size_t place : order) {
    if (table.rows.size() == kMostInTable) break;
    const LabelledVideo& video = facts.videos[place];
    const std::string label =
        video.labels.empty() ? "" : facts.labels.at(static_cast<std::size_t>(video.labels.front().first));
    table.rows.push_back({{"<span class=\"file\">" + html_text(video.name) + "</span>"},
                          {html_text(label)},
                          {percent_text(certainty(video)), certainty(video)},
                          {fmt::format("{}", video.frames), static_cast<double>(video.frames)},
                          {fmt::format("{:.1f}", video.seconds), video.seconds}});
  }
  return table.rows.empty() ? "" : table_html(table);
}

std::string failed_html(const LabelFacts& facts) {
  RunFacts skipped;
  for (const LabelledVideo& video : facts.videos) {
    if (video.error.empty()) continue;
    skipped.skipped.push_back({video.path.empty() ? std::filesystem::path(video.name) : video.path,
                               "while labelling", video.error});
  }
  skipped.passed_over = facts.passed_over;
  return skipped_html(skipped);
}

// As many of the first, or of the last, as cards show; none twice.
std::vector<std::size_t> ends_of(const std::vector<std::size_t>& order, bool first) {
  const std::size_t least = std::min(kCards, order.size());
  std::vector<std::size_t> chosen;
  if (first) {
    chosen.assign(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(least));
  } else {
    const std::size_t most = std::min(kCards, order.size() - least);
    chosen.assign(order.rbegin(), order.rbegin() + static_cast<std::ptrdiff_t>(most));
  }
  return chosen;
}

std::string cards(const LabelFacts& facts, const std::vector<std::size_t>& least,
                  const std::vector<std::size_t>& most) {
  if (least.empty()) return "";
  std::string html =
      std::ranges::any_of(facts.videos, [](const LabelledVideo& video) { return !video.heat.empty(); })
          ? heat_html("the network")
          : "";
  html += "<h3>The least certain</h3>" + cards_html("least");
  if (!most.empty()) html += "<h3>The most certain</h3>" + cards_html("most");
  return html;
}

}  // namespace

std::vector<std::size_t> least_certain_first(const LabelFacts& facts) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < facts.videos.size(); ++i) {
    if (facts.videos[i].error.empty()) order.push_back(i);
  }
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
    return certainty(facts.videos[a]) < certainty(facts.videos[b]);
  });
  return order;
}

std::vector<HeatVideo> choose_heat(const LabelFacts& facts) {
  std::vector<HeatVideo> chosen;
  const auto add = [&](const std::vector<std::size_t>& places, std::size_t most, std::size_t labels) {
    for (std::size_t i = 0; i < std::min(most, places.size()); ++i) {
      const LabelledVideo& video = facts.videos[places[i]];
      if (video.path.empty() || video.labels.empty()) continue;
      HeatVideo& wanted = chosen.emplace_back(HeatVideo{video.path, video.frames, {}});
      for (std::size_t k = 0; k < std::min(labels, video.labels.size()); ++k) {
        wanted.labels.push_back(static_cast<std::size_t>(video.labels[k].first));
      }
    }
  };
  const std::vector<std::size_t> order = least_certain_first(facts);
  add(ends_of(order, true), kUncertainWithHeat, 2);
  add(ends_of(order, false), kCertainWithHeat, 1);
  return chosen;
}

std::string labels_page(const LabelFacts& facts, const Thumbnails& thumbnails) {
  const std::vector<std::size_t> order = least_certain_first(facts);
  const std::vector<std::size_t> least = ends_of(order, true), most = ends_of(order, false);
  std::vector<PageVideo> videos;
  videos.reserve(facts.videos.size());
  for (const LabelledVideo& video : facts.videos) {
    videos.push_back({.path = video.path,
                      .name = video.name,
                      .truth = std::nullopt,
                      .seen = video.labels,
                      .note = "",
                      .heat = video.heat,
                      .no_heat = video.no_heat});
  }
  std::vector<std::size_t> listed = least;
  listed.insert(listed.end(), most.begin(), most.end());
  listed.insert(listed.end(), order.begin(), order.end());
  Json data;
  data["labels"] = Json::array();
  for (const std::string& label : facts.labels) data["labels"].push_back(shown_text(label));
  data["counts"] = Json::array();
  for (const LabelCount& count : counts_of(facts)) data["counts"].push_back(count.videos);
  const ListedVideos places = add_videos(videos, listed, thumbnails, data);
  add_list("least", least, places, data);
  add_list("most", most, places, data);
  HtmlPage page;
  page.title = "Labelled videos";
  page.subtitle = fmt::format("What a C3D of {} {} saw in {}.", facts.labels.size(),
                              facts.has_label_sets ? "labels" : "classes",
                              count_text(static_cast<std::int64_t>(order.size()), "video"));
  page.sections = {{"overview", "Overview", overview(facts, order.size())},
                   {"labels", "Labels", labels_table(facts)},
                   {"certainty", "Least and most certain", cards(facts, least, most)},
                   {"videos", "Videos", videos_table(facts, order)},
                   {"skipped", "What failed or was passed over", failed_html(facts)},
                   {"go-on", "Go on", commands_html(facts.commands)}};
  page.dialogs = dialog_html();
  page.footer = "Made by c3d_infer. This file holds all that it shows, and loads nothing.";
  page.style = kVideoPagesStyle;
  page.script = kVideosScript;
  page.data = dump_json(data);
  return page_text(page);
}

}  // namespace c3d
