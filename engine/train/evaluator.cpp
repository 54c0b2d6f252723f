#include "engine/train/evaluator.h"

#include <chrono>

#include "engine/io/read_error.h"
#include "engine/train/crop_means.h"

namespace c3d {

Evaluator::Evaluator(Backend& backend, const ParameterStore& parameters, Network network,
                     const ClipInput& input, TargetKind targets, std::uint64_t program)
    : backend_(backend),
      parameters_(parameters),
      network_(std::move(network)),
      input_(input),
      targets_(targets == TargetKind::label_set ? targets : TargetKind::label),
      program_number_(program) {}

std::size_t Evaluator::arena_bytes() const { return program_ ? program_->arena_bytes() : 0; }

std::optional<EvaluationReport> Evaluator::evaluate(BatchSource& source,
                                                    const std::function<bool()>& stop_requested) {
  const auto start = std::chrono::steady_clock::now();
  std::optional<EvaluationTally> tally;
  CropMeans means;
  source.start_epoch(0);
  while (const Batch* batch = source.next()) {
    if (stop_requested && stop_requested()) return std::nullopt;
    if (!program_) {
      input_.batch = batch->labels_i32.count();
      program_ = std::make_unique<ClipProgram>(backend_, parameters_, Mode::infer, network_, input_,
                                               LossOptions{.targets = targets_});
      probabilities_ = backend_.allocate(program_->probabilities().bytes(), MemoryKind::pinned);
      losses_ = backend_.allocate(program_->losses().bytes(), MemoryKind::pinned);
    }
    program_->upload(*batch);
    backend_.replay(program_number_, [this] { program_->tape().forward(); });
    const Tensor probabilities = probabilities_.tensor(program_->probabilities().shape(), DType::f32);
    const Tensor losses = losses_.tensor(program_->losses().shape(), DType::f32);
    backend_.copy(program_->probabilities(), probabilities);
    backend_.copy(program_->losses(), losses);
    backend_.synchronize();
    if (!tally) tally.emplace(program_->classes());
    if (input_.clip.crops > 1) {
      means.add(probabilities, *batch, *tally);
    } else {
      tally->add(probabilities, losses, *batch);
    }
  }
  expect(tally.has_value(), "evaluation: there is not one clip to evaluate");
  means.finish(*tally);
  EvaluationReport report = tally->report();
  if (report.videos == 0) fail_to_read("evaluation: not one of its videos could be read");
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

}  // namespace c3d
