// The videos of a run, or of an evaluation, in its page: the worst, the best, and those behind the matrix's cells.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "c3d/report/pages/page_videos.h"
#include "c3d/report/pages/run_facts.h"
#include "c3d/report/pages/video_choice.h"

namespace c3d {

// The members of add_classes() and add_videos() of the page's data, and the lists "worst" and "best".
ListedVideos add_run_videos(const RunFacts& facts, const Confusions& confusions, const VideoChoice& choice,
                            const Thumbnails& thumbnails, nlohmann::ordered_json& data);

// The section of the two lists, or nothing where there is no video. when: "After step 200", or nothing.
// all: where all videos stand, if the page does not list them.
std::string worst_and_best_html(const RunFacts& facts, const ListedVideos& listed, const std::string& when,
                                const std::string& all);

}  // namespace c3d
