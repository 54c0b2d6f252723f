// Whether a run's samples can go on with the data there are now.
#pragma once

#include <string>

#include "c3d/training/prepared_data.h"

namespace c3d {

// `was`: the fingerprint that the run's state holds; empty: it holds none. Error: the data have another, and
// what to do.
void expect_same_videos(const std::string& was, const PreparedData& data);

}  // namespace c3d
