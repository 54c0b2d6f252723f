// What the network said of batches of clips, for ranks that share an evaluation: each brings its batches, and all of them
// count all batches in the order in which one rank would have had them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/distributed/communicator.h"
#include "engine/train/batch_source.h"

namespace c3d {

class EvaluatedBatches {
 public:
  // probabilities f32 [N,classes]  losses f32 [N], host memory; of the batch's rows.
  void add(ConstTensor probabilities, ConstTensor losses, const Batch& batch);

  using Count = std::function<void(ConstTensor probabilities, ConstTensor losses, const Batch& batch)>;
  // Collective. Every rank's batches, dealt as BatchShare deals a group of as many batches as there are ranks. false: a rank
  // is `stopped`, and nothing was counted.
  bool count_all(Communicator& ranks, bool stopped, const Count& count);

 private:
  std::string bytes_;
};

}  // namespace c3d
