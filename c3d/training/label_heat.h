// Strips of heat for the page of a run: where its best network looks for a label, by Grad-CAM at conv5b
// (c3d/explanation.h).
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "c3d/report/thumbnails/heat_strips.h"
#include "c3d/training/prepared_data.h"
#include "c3d/training/run_folder.h"
#include "c3d/training/train_settings.h"

namespace c3d {

struct HeatWork {
  const RunFolder& folder;  // whose best weights are asked
  const TrainSettings& settings;
  const PreparedData& data;
  double seconds = 0;
  const std::function<bool()>& stopped;
};

// As HeatStrips::provide(), of the clip in the middle of each video. The network is a second one, on a
// backend of its own on the run's device: nothing of the run's own changes. Error: the weights cannot be
// read, or the device has no room for them. A build that reads no videos makes none.
bool provide_heat(HeatStrips& strips, const std::vector<HeatVideo>& wanted, const HeatWork& work);

}  // namespace c3d
