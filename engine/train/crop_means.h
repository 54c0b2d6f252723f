// From scores of the crops of clips to scores of clips: the mean of the crops' probabilities, and the
// cross-entropy of that mean, as EvaluationTally takes them. Rows of one clip follow each other, also from
// one batch to the next. Host memory only; one thread.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/train/metrics.h"

namespace c3d {

class CropMeans {
 public:
  // probabilities f32 [N,classes] of the batch's rows. Clips that are whole go to the tally.
  void add(ConstTensor probabilities, const Batch& batch, EvaluationTally& tally);
  void finish(EvaluationTally& tally);  // the last clip, too

 private:
  double loss(const std::vector<float>& mean) const;

  ClipOrigin clip_;
  std::int32_t label_ = -1;
  std::vector<float> set_;   // by class, where clips have label sets
  std::vector<double> sum_;  // of the crops' probabilities
  std::int64_t crops_ = 0;   // so far; 0: there is no clip
};

}  // namespace c3d
