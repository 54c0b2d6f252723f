// Strips of heat for the pages of videos that were labelled or judged, which keep none.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "c3d/inference/label_request.h"
#include "c3d/report/thumbnails/heat_strips.h"
#include "engine/core/clip_spec.h"

namespace c3d {

// What strips may cost for the page of videos that took so many seconds to be labelled; in seconds.
double page_heat_seconds(double labelling);

struct PageHeat {
  const NetworkRequest& request;  // by which the videos were labelled
  const ClipSpec& clip;           // which they were labelled by
  const ReadOptions& reading;
  double seconds = 0;
  const std::function<bool()>& stopped;
};
// As HeatStrips::provide(), by a network beside the one that labelled, on its device. Whatever fails, memory
// too, costs strips alone: returns what there is to say of it, one line; empty: nothing.
std::string provide_heat(HeatStrips& strips, const std::vector<HeatVideo>& wanted, const PageHeat& page);

}  // namespace c3d
