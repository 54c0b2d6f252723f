// All that a run needs to go on, in one safetensors file: the flat values and the arrays that go with them
// (velocity ...) in the store's own layout, the TrainState and what the caller adds, as metadata. Written
// atomically; a file of another model is refused by name.
#pragma once

#include <filesystem>
#include <limits>
#include <map>
#include <string>

#include "engine/io/named_tensors.h"
#include "engine/optim/optimizer.h"

namespace c3d {

// The position of a run. Schedules, samples and dropout are functions of the step, so the step is all of it;
// the rest is what the run has seen so far.
struct TrainState {
  std::int64_t step = 0;  // optimizer steps done
  double seconds = 0;     // spent so far
  double best_top1 = -1;  // EvaluationReport::score() of the best evaluation so far; -1: none
  double best_clip_accuracy = -1;
  double best_loss = std::numeric_limits<double>::infinity();
  std::int64_t best_step = -1;
  std::int64_t evaluated_step = -1;  // of the last evaluation
  std::int64_t evaluations_since_best = 0;
};

struct Checkpoint {
  TrainState state;
  std::map<std::string, std::string> other;  // the caller's own entries
  NamedTensors tensors;
};

// arrays: the optimizer's, and the average of the parameters where one is kept.
void save_checkpoint(const std::filesystem::path& path, Backend& backend, const ParameterStore& parameters,
                     std::span<const StateArray> arrays, const TrainState& state,
                     const std::map<std::string, std::string>& other);
// Checked as far as the file itself says; a truncated, damaged or foreign file, or a number out of its range,
// is an Error that names it. A best loss that is no number is read as infinite. States of older versions know
// neither the best clip accuracy nor the evaluations since the best.
Checkpoint read_checkpoint(const std::filesystem::path& path);
// Values and arrays back to the device. Error when the parameters differ from the file's in name, shape or
// order, or when the file has other arrays: those of another optimizer.
void restore_checkpoint(const Checkpoint& checkpoint, Backend& backend, ParameterStore& parameters,
                        std::span<const StateArray> arrays);

}  // namespace c3d
