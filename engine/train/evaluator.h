// Judges the network as it is: the mean of each video's clip probabilities against its label, or its label
// set; where several crops of a clip are judged, a clip's probabilities are the mean over these. Losses are
// plain: without weights, smoothing or focus. Records its inference tape at the first evaluation, for the size
// of the batches it is given; borrows backend and parameters.
#pragma once

#include <functional>
#include <optional>

#include "engine/train/clip_program.h"
#include "engine/train/report.h"

namespace c3d {

class Evaluator {
 public:
  // input.batch is taken from the batches; input.clip says how many crops of a clip follow each other.
  // `program` is the number of its recorded step, see Backend::replay().
  Evaluator(Backend& backend, const ParameterStore& parameters, Network network, const ClipInput& input,
            TargetKind targets, std::uint64_t program);

  // One epoch of `source`. nullopt: stop_requested() said so before the end.
  std::optional<EvaluationReport> evaluate(BatchSource& source, const std::function<bool()>& stop_requested);
  std::size_t arena_bytes() const;  // 0 before the first evaluation

 private:
  Backend& backend_;
  const ParameterStore& parameters_;
  Network network_;
  ClipInput input_;
  TargetKind targets_;
  std::uint64_t program_number_;
  std::unique_ptr<ClipProgram> program_;
  Buffer probabilities_, losses_;  // read back
};

}  // namespace c3d
