// The sections of a run's page, as HTML. Each is empty where there is nothing to say. Pure functions.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "c3d/report/pages/run_facts.h"
#include "c3d/report/pages/video_choice.h"

namespace c3d {

// Numbers in tiles: what, the number, more about it.
struct Tile {
  std::string name, value, note;  // any bytes
};
std::string tiles_html(const std::vector<Tile>& tiles);

// How good the network is, what goes wrong, what to do next; then the run in numbers.
std::string overview_html(const RunFacts& facts, const Confusions& confusions);

std::string settings_html(const std::vector<ReportSetting>& settings);
std::string commands_html(const std::vector<ReportCommand>& commands);
std::string skipped_html(const RunFacts& facts);

// The curves, and what they hold as the member "charts" of the page's data; a table of the evaluations.
std::string curves_html(const RunFacts& facts, nlohmann::ordered_json& data);

// A table of the classes, of label sets of the labels, whose buttons open their videos. threshold: what the
// labels' thresholds are.
std::string classes_html(const RunFacts& facts, const Confusions& confusions,
                         const std::string& threshold = "of its probability, with the best F1");
// The members "labels", "counts" (videos of each) and "cells" of the page's data.
void add_classes(const RunFacts& facts, const Confusions& confusions, nlohmann::ordered_json& data);
// The confusion matrix's place, which matrix.js fills, and its most frequent mistakes.
std::string matrix_html(const RunFacts& facts, const Confusions& confusions);

// The reliability diagram and the expected calibration error.
std::string calibration_html(const RunFacts& facts);

}  // namespace c3d
