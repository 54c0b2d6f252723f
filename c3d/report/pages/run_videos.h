// The videos of a run, or of an evaluation, in its page: the worst, the best, and those behind the matrix's cells.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "c3d/report/pages/page_videos.h"
#include "c3d/report/pages/run_facts.h"
#include "c3d/report/pages/video_choice.h"

namespace c3d {

// The members of add_classes() and add_videos() of the page's data, and the lists "worst" and "best".
ListedVideos add_run_videos(const RunFacts& facts, const Confusions& confusions, const VideoChoice& choice,
                            const Thumbnails& thumbnails, nlohmann::ordered_json& data);

// Those of choose_heat().
std::vector<HeatVideo> heat_videos(const RunFacts& facts, const VideoChoice& choice);
// Gives the videos what there is of them, and the reasons of those that were left out.
void add_heat(const HeatStrips& heat, RunFacts& facts);

struct ShownVideos {
  std::string when;     // they were judged: "After step 200", or nothing
  std::string all;      // where all stand, if the page does not list them
  std::string network;  // whose heat they have: "the network"
};
// The section of the two lists, or nothing where there is no video.
std::string worst_and_best_html(const RunFacts& facts, const ListedVideos& listed, const ShownVideos& shown);

}  // namespace c3d
