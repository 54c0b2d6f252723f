#include "kernels/cuda/step_graphs.h"

#include "engine/core/error.h"

namespace c3d::cuda {

void StepGraphs::run(std::uint64_t program, const std::function<void()>& step) {
  expect(!recording_, "cuda: a step cannot replay another one");
  if (!enabled_) return step();
  const auto found = programs_.find(program);
  const bool known = found != programs_.end() && found->second.generation == recorder_.memory_generation();
  if (!known) {
    step();
    programs_[program] = {recorder_.memory_generation(), nullptr};
    return;
  }
  if (found->second.record == nullptr) found->second.record = record(step);
  recorder_.launch(found->second.record);
}

std::shared_ptr<void> StepGraphs::record(const std::function<void()>& step) {
  const std::uint64_t generation = recorder_.memory_generation();
  recorder_.begin();
  recording_ = true;
  try {
    step();
  } catch (...) {
    recording_ = false;
    recorder_.abandon();
    throw;
  }
  recording_ = false;
  auto record = recorder_.end();
  expect(generation == recorder_.memory_generation(),
         "cuda: a step took other memory the second time it ran: it cannot be recorded; use --no-graphs");
  return record;
}

}  // namespace c3d::cuda
