// What augmentation costs a thread that reads training clips: at strengths that suit a small set, from videos
// and from frames that are in memory, and each item by itself.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace c3d {

struct AugmentTimes {
  std::int64_t clips = 0;
  // Clips a second of one thread: plain, and augmented.
  struct Rates {
    double plain = 0, augmented = 0;
    double lost() const { return 1 - augmented / plain; }  // share
  };
  Rates decoded, in_memory;
  // Microseconds a clip. The first item is all of them as often as usual; the others have probability 1.
  std::vector<std::pair<std::string, double>> items;
};

// A clip of every video below `folder`, `repeats` times; the median counts. Error: none of them decodes.
AugmentTimes measure_augmentation(const std::filesystem::path& folder, int repeats);

std::string augment_table(const AugmentTimes& times);
std::string augment_json(const AugmentTimes& times, const std::string& command);

}  // namespace c3d
