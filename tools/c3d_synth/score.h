// What the demo promises of a network trained on the synthetic set, and whether it holds: new videos get
// their class, a still frame does not, and a video played backwards gets the opposite class. Reads what
// c3d_infer --json wrote.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tools/c3d_synth/motion.h"

namespace c3d {

struct Share {
  std::int64_t right = 0, all = 0;
  double value() const { return all > 0 ? static_cast<double>(right) / static_cast<double>(all) : 0; }
};

struct DemoScore {
  // By the class whose folder the video lies in.
  std::map<Motion, Share> forward, still, backward;
  Share total(const std::map<Motion, Share>& part) const;
};

inline constexpr double kLeastTop1 = 0.95, kMostStill = 0.25, kLeastBackward = 0.90;

// Each is a file with one JSON object a line. Error: a video failed, or its folder names no motion.
DemoScore read_demo_score(const std::filesystem::path& forward, const std::filesystem::path& still,
                          const std::filesystem::path& backward);

std::string score_table(const DemoScore& score);                   // for people
std::vector<std::string> broken_promises(const DemoScore& score);  // a sentence each; none if all hold
std::string score_json(const DemoScore& score, double seconds);

}  // namespace c3d
