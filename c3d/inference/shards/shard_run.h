// What makes a run of c3d_infer one of several that share the videos out: which shard it is, and the names of
// its files.
#pragma once

#include <optional>

#include "c3d/inference/inputs.h"
#include "c3d/inference/label_request.h"
#include "c3d/inference/shards/launcher.h"

namespace c3d {

// As the request asks for, else as the program was started, where there is more than one video to share out.
// nullopt: all videos. BadRequest: standard input, which one process alone reads.
std::optional<StartedShard> shard_of_run(const LabelRequest& request, const Inputs& inputs,
                                         const Environment& environment);

// Files that are one for all videos become one for each shard: --json, --report, features in an HDF5 file.
void name_for_shard(LabelRequest& request, const Shard& shard);

// Full where there are several videos: what is said of one does not depend on which others this process has.
// The reference backend has one way to compute an op, whatever the size of its batch.
LastBatch last_batch(const LabelRequest& request, const Inputs& inputs);

}  // namespace c3d
