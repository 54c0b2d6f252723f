// The page of a run (docs/report.md): one file that works from disk and asks nothing of any other place.
#pragma once

#include <string>

#include "c3d/report/pages/run_facts.h"
#include "c3d/report/pages/video_choice.h"
#include "c3d/report/thumbnails/thumbnails.h"

namespace c3d {

inline constexpr std::size_t kMostPageBytes = 15'000'000;

// HTML. `choice` of the facts' videos; `thumbnails` as far as there are any. Pure.
std::string run_page(const RunFacts& facts, const VideoChoice& choice, const Thumbnails& thumbnails);

}  // namespace c3d
