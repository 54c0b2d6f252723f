// The page of videos that were labelled (c3d_infer --report): which labels were seen, how surely, which
// videos are the least certain, which failed and why.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "c3d/report/pages/run_facts.h"
#include "c3d/report/thumbnails/heat_strips.h"
#include "c3d/report/thumbnails/thumbnails.h"

namespace c3d {

struct LabelledVideo {
  std::filesystem::path path;  // empty: it was read from standard input
  std::string name;            // as results call it
  std::string error;           // not empty: it failed
  std::int64_t frames = 0;
  double seconds = 0;
  std::vector<std::pair<int, double>> labels;  // the likeliest first
  std::size_t shown = 0;                       // of label sets: how many of them are above their thresholds
  std::vector<LabelStrip> heat = {};           // where the network looks for a label
  std::string no_heat = {};                    // why there is none; empty: none was tried
};

struct LabelFacts {
  bool has_label_sets = false;
  std::vector<std::string> labels;
  std::vector<std::pair<std::string, std::string>> made_with;  // what and which, any bytes
  std::vector<LabelledVideo> videos;
  std::int64_t done_before = 0;  // videos of an earlier run, of which nothing is known here
  std::vector<std::string> passed_over;
  std::vector<ReportCommand> commands;
};

// Places in `videos`: those that did not fail, the least certain first. Pictures are made in this order.
std::vector<std::size_t> least_certain_first(const LabelFacts& facts);

// The least certain videos, then the most certain ones, that get strips of heat, and the labels of these: the
// likeliest; of the least certain ones the second likeliest too, between which the network wavers.
inline constexpr std::size_t kUncertainWithHeat = 6, kCertainWithHeat = 3;
std::vector<HeatVideo> choose_heat(const LabelFacts& facts);

std::string labels_page(const LabelFacts& facts, const Thumbnails& thumbnails);

}  // namespace c3d
