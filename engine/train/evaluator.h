// Judges the network as it is: the mean of each video's clip probabilities against its label, or its label
// set; where several crops of a clip are judged, a clip's probabilities are the mean over these. Losses are
// plain: without weights, smoothing or focus. While a GPU computes a batch, the next is uploaded and the last
// one counted. Records its inference tape at the first evaluation, for the size of the batches it is given;
// borrows backend and parameters.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "engine/distributed/communicator.h"
#include "engine/train/clip_program.h"
#include "engine/train/report.h"

namespace c3d {

class Evaluator {
 public:
  // input.batch is taken from the batches; input.clip says how many crops of a clip follow each other.
  // `program` is the number of its recorded step, see Backend::replay().
  // ranks: share the batches, as BatchShare deals a group of as many as there are ranks.
  Evaluator(Backend& backend, const ParameterStore& parameters, Network network, const ClipInput& input,
            TargetKind targets, std::uint64_t program, Communicator& ranks);

  // Makes all memory that evaluations of batches of so many rows take. Ranks do so at one point of a run, before its first step:
  // one that made memory of a GPU alone would have to wait for what others may have to wait for it with.
  void prepare(std::int64_t rows);
  // One epoch of `source`, the same report on all ranks. nullopt: stop_requested() of one said so before the end.
  std::optional<EvaluationReport> evaluate(BatchSource& source, const std::function<bool()>& stop_requested);
  // Has the backend choose how each op is computed, on the source's first batch. Does nothing where it has none.
  void measure(BatchSource& source);
  std::size_t arena_bytes() const;  // 0 before the first evaluation

 private:
  // A batch on its way: what the network says of it once it is done, and whose clips these are, as the source
  // uses a batch's memory again.
  struct Started {
    Buffer probabilities, losses;
    Event done;
    std::vector<std::int32_t> labels;
    std::vector<float> label_sets;
    std::vector<ClipOrigin> origins;
    Batch batch;  // of these; without frames
  };
  void record(std::int64_t rows);
  void start(const Batch& batch, Started& started);
  Tensor probabilities_of(const Started& started) const;
  Tensor losses_of(const Started& started) const;

  Backend& backend_;
  const ParameterStore& parameters_;
  Network network_;
  ClipInput input_;
  TargetKind targets_;
  std::uint64_t program_number_;
  Communicator& ranks_;
  std::unique_ptr<ClipProgram> program_;
  std::array<Started, 2> started_;
};

}  // namespace c3d
