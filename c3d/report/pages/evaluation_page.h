// The page of an evaluation (c3d_infer evaluate --report): its numbers, classes, confusions, the worst and the
// best videos, calibration, what failed. It has the parts of a run's page.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "c3d/report/pages/run_facts.h"
#include "c3d/report/pages/run_parts.h"
#include "c3d/report/pages/video_choice.h"
#include "c3d/report/thumbnails/thumbnails.h"

namespace c3d {

struct EvaluationPageFacts {
  RunFacts run;                                                // one evaluation, and no steps
  std::vector<Tile> tiles;                                     // the numbers
  std::vector<std::pair<std::string, std::string>> made_with;  // what and which, any bytes
};

// HTML. `choice` of the run's videos. Pure.
std::string evaluation_page(const EvaluationPageFacts& facts, const VideoChoice& choice,
                            const Thumbnails& thumbnails);

}  // namespace c3d
