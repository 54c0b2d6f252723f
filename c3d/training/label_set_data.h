// What stands of label sets in a run's data: how a fingerprint spells them, and whether they can be learnt.
#pragma once

#include <string>
#include <vector>

#include "data/dataset.h"

namespace c3d {

// "3" of a video with one label; "0|3" of a label set, "-" of an empty one.
std::string class_numbers(const Dataset& dataset, const Video& video);
// Error: a label of the set is shown by no training video, so that nothing can be learnt of it. Notes: one is
// shown by all of them.
void check_label_sets(const Dataset& train, std::vector<std::string>& notes);
// "none of them: 3 + 1\n": training and validation videos whose label set is empty.
std::string unlabelled_line(const Dataset& train, const Dataset& validation);

}  // namespace c3d
