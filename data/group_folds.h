// The folds of a cross-validation: parts of a dataset, each of which validates once while the others train.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/dataset.h"

namespace c3d {

// For each video the fold that it is in, from 0. Whole groups (groups_of() in data/video_groups.h) go to one
// fold, and every fold gets a group. Each class is spread over the folds as evenly as its groups allow: the
// groups are dealt out from the largest to the smallest, equal ones in an order drawn from the seed, each to
// the fold that then has the least squares of its classes' shares; as scikit-learn's StratifiedGroupKFold
// does it. The same videos in the same order, folds and seed give the same on every machine. Error: fewer
// than 2 folds, or more than there are groups.
std::vector<std::int32_t> folds_by_group(const Dataset& dataset, std::int64_t folds,
                                         const std::string& group_regex, std::uint64_t seed);

}  // namespace c3d
