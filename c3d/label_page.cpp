// The page of labelled videos, for programs.
#include <map>

#include "c3d/inference/label_report.h"
#include "c3d/report.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

LabelledVideo labelled(const LabeledVideo& video, const std::map<std::string, int>& places) {
  LabelledVideo shown{.path = video.file,
                      .name = video.file.native(),
                      .error = video.error,
                      .frames = video.frames,
                      .seconds = video.seconds,
                      .labels = {},
                      .shown = video.shown};
  for (const RankedLabel& label : video.labels) {
    const auto place = places.find(label.name);
    expect(place != places.end(),
           "the page of labelled videos: {} bears the label \"{}\", which is none of the {}", video.file,
           label.name, places.size());
    shown.labels.emplace_back(place->second, label.probability);
  }
  return shown;
}

}  // namespace

std::filesystem::path write_label_page(const LabelPage& page, const std::filesystem::path& html) {
  LabelFacts facts;
  facts.has_label_sets = page.has_label_sets;
  facts.labels = page.labels;
  if (!page.weights.empty()) {
    facts.made_with.emplace_back("weights",
                                 std::filesystem::absolute(page.weights).lexically_normal().string());
    facts.commands = label_commands(page.weights);
  }
  if (!page.network.empty()) facts.made_with.emplace_back("network", page.network);
  std::map<std::string, int> places;
  for (std::size_t i = 0; i < page.labels.size(); ++i) places.emplace(page.labels[i], static_cast<int>(i));
  for (const LabeledVideo& video : page.videos) facts.videos.push_back(labelled(video, places));
  facts.passed_over = page.passed_over;
  const FrameRate rate = page.fps.empty() ? FrameRate() : parse_frame_rate(page.fps);
  const Numbering numbering = page.constant_rate ? Numbering::kFfmpegCfr : Numbering::at(rate);
  write_labels_page(html, facts, numbering, [] { return false; });
  return html;
}

}  // namespace c3d
