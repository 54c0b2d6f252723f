// What a network gave for a video or a clip whose classes are known.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace c3d {

struct ScoredItem {
  std::int32_t number = -1;           // of the video or clip
  std::vector<std::int32_t> truth;    // the classes that it shows, rising; one, of label sets any number
  std::vector<double> probabilities;  // of each class, of label sets each by itself

  bool shows(std::size_t c) const { return std::ranges::binary_search(truth, static_cast<std::int32_t>(c)); }
};

}  // namespace c3d
