// The list half of read_dataset(): `path label` lines and UCF101's classInd.txt. Errors name file and line.
#pragma once

#include "data/dataset.h"

namespace c3d {

Dataset read_video_list(const std::filesystem::path& list, const ListOptions& options,
                        const std::vector<std::string>& known_labels);

}  // namespace c3d
