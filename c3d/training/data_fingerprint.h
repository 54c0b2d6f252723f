// Names of sets of videos, by which a resumed run knows its own: of labels, and of the videos' names, sizes
// and frame counts.
#pragma once

#include "data/dataset.h"
#include "engine/core/fingerprint.h"

namespace c3d {

// Names count below the folder that all videos share, so that videos may move.
void add(Fingerprint& fingerprint, const Dataset& dataset);
// As older states have it: without folders and sizes.
void add_earlier(Fingerprint& fingerprint, const Dataset& dataset);

}  // namespace c3d
