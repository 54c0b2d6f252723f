// A dataset whose videos are named in groups.
#pragma once

#include <fmt/format.h>

#include <string>

#include "data/dataset.h"

namespace c3d {

// UCF101's names: every class has groups g01 .. of several videos each.
inline Dataset ucf_like(int classes, int groups, int videos) {
  Dataset dataset;
  for (int c = 0; c < classes; ++c) {
    dataset.labels.push_back("class" + std::to_string(c));
    for (int g = 1; g <= groups; ++g) {
      for (int v = 1; v <= videos; ++v) {
        dataset.videos.push_back({fmt::format("class{0}/v_class{0}_g{1:02}_c{2:02}.avi", c, g, v), c, 50});
      }
    }
  }
  return dataset;
}

}  // namespace c3d
