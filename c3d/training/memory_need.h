// What a run takes of the host's memory at least, reckoned from its settings before any of it is taken: the
// system gives memory that it does not have, and ends the process when it is touched.
#pragma once

#include <string>
#include <vector>

#include "c3d/training/train_settings.h"
#include "model/c3d_config.h"

namespace c3d {

struct MemoryPart {
  std::string what;      // "activations"
  std::string settings;  // that it grows with: "batch 16, crop 112"
  double bytes = 0;
};

// on_host: the backend computes in the host's memory. `parameters` counts elements; `stored_pixels` are
// those of a frame that loaders keep.
std::vector<MemoryPart> memory_parts(const TrainSettings& settings, const C3dConfig& network,
                                     double parameters, double stored_pixels, bool on_host);
// Error when they do not fit together: the largest, the settings it grows with, and what there is.
void expect_memory(const std::vector<MemoryPart>& parts, double machine_bytes);

}  // namespace c3d
