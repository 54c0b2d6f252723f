// From scores of clips to the score of their video: the mean of the clips' probabilities (Tran et al. 2015,
// section 3.3: "averaged clip predictions over 10 clips"). Used by evaluation and by c3d_infer.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace c3d {

class VideoScore {
 public:
  explicit VideoScore(std::size_t classes) : sum_(classes, 0.0) {}
  void add(std::span<const float> clip_probabilities);
  std::int64_t clips() const { return clips_; }
  std::vector<double> probabilities() const;  // mean; empty before the first clip

 private:
  std::vector<double> sum_;
  std::int64_t clips_ = 0;
};

// (class index, probability) of the k largest, largest first; of equal ones the smaller index first.
std::vector<std::pair<int, double>> top_k(std::span<const double> probabilities, std::size_t k);

}  // namespace c3d
