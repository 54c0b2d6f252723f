#include "kernels/cuda/step_graphs.h"

namespace c3d::cuda {
namespace {

// Scratch memory of several purposes may grow one after the other; a step that still fails wants memory every time.
constexpr int kMostFailedRecordings = 4;

}  // namespace

void StepGraphs::forget() {
  ++forgotten_;
  if (recording_) return;  // to destroy a record is no work for a queue that is being recorded
  for (auto& [number, program] : programs_) program.record = nullptr;
}

bool StepGraphs::is_fresh(const Program& program) const {
  return program.forgotten == forgotten_ && program.generation == recorder_.memory_generation();
}

// Its memory is what it was after the run, so that a run that made some has been done.
void StepGraphs::run_plainly(Program& program, const std::function<void()>& step) {
  program.record = nullptr;
  step();
  program.generation = recorder_.memory_generation();
  program.forgotten = forgotten_;
}

void StepGraphs::run(std::uint64_t number, const std::function<void()>& step) {
  expect(!recording_, "cuda: a step cannot replay another one");
  if (!enabled_) return step();
  Program& program = programs_[number];
  if (program.failed_recordings >= kMostFailedRecordings || !is_fresh(program)) {
    return run_plainly(program, step);
  }
  if (program.record == nullptr) program.record = record(step);
  if (program.record == nullptr) {
    ++program.failed_recordings;
    return run_plainly(program, step);
  }
  program.failed_recordings = 0;
  recorder_.launch(program.record);
}

std::shared_ptr<void> StepGraphs::record(const std::function<void()>& step) {
  const std::uint64_t generation = recorder_.memory_generation(), forgotten = forgotten_;
  recorder_.begin();
  recording_ = true;
  try {
    step();
  } catch (const NotRecordable&) {
    recording_ = false;
    recorder_.abandon();
    return nullptr;
  } catch (...) {
    recording_ = false;
    recorder_.abandon();
    throw;
  }
  recording_ = false;
  auto record = recorder_.end();
  const bool same_memory = generation == recorder_.memory_generation() && forgotten == forgotten_;
  return same_memory ? record : nullptr;
}

}  // namespace c3d::cuda
