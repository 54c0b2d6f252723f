#include "engine/train/evaluator.h"

#include <chrono>

#include "engine/io/read_error.h"
#include "engine/train/metrics.h"

namespace c3d {

Evaluator::Evaluator(Backend& backend, const ParameterStore& parameters, Network network,
                     const ClipInput& input, std::uint64_t program)
    : backend_(backend),
      parameters_(parameters),
      network_(std::move(network)),
      input_(input),
      program_number_(program) {}

std::size_t Evaluator::arena_bytes() const { return program_ ? program_->arena_bytes() : 0; }

std::optional<EvaluationReport> Evaluator::evaluate(BatchSource& source,
                                                    const std::function<bool()>& stop_requested) {
  const auto start = std::chrono::steady_clock::now();
  std::optional<EvaluationTally> tally;
  source.start_epoch(0);
  while (const Batch* batch = source.next()) {
    if (stop_requested && stop_requested()) return std::nullopt;
    if (!program_) {
      input_.batch = batch->labels_i32.count();
      program_ = std::make_unique<ClipProgram>(backend_, parameters_, Mode::infer, network_, input_, 0.0f);
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
    tally->add(probabilities, losses, batch->labels_i32, batch->origins);
  }
  expect(tally.has_value(), "evaluation: there is not one clip to evaluate");
  EvaluationReport report = tally->report();
  if (report.videos == 0) fail_to_read("evaluation: not one of its videos could be read");
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

}  // namespace c3d
