// Which videos train and which validate: folders and lists as they are found, and the split of those that
// nobody split.
#pragma once

#include <functional>
#include <string>

#include "c3d/training/prepared_data.h"

namespace c3d {

// What names videos that stay together: as set, or UCF101's.
std::string group_regex_of(const TrainSettings& settings);

// Fills in the videos of both sides, the folds and their notes; `index` counts the frames of a side.
void read_sides(const TrainSettings& settings, PreparedData& data, DataInspection* inspection,
                const std::function<void(Dataset&)>& index);

}  // namespace c3d
