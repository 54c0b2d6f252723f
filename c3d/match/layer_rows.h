// What the network's layers give for clips that are prepared on the host, all layers and both rules of pool5
// in one pass: one recorded tape for every way to prepare frames.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <vector>

#include "c3d/inference/classifier.h"
#include "c3d/match/match_axes.h"

namespace c3d {

// Of one clip: a row for each of the pool5 rules and layers, in that order.
using ClipLayers = std::vector<std::vector<float>>;

class LayerRows {
 public:
  // Borrows both. The classifier computes in f32.
  LayerRows(Classifier& classifier, const MatchAxes& axes) : classifier_(classifier), axes_(axes) {}
  // clips: [n, clip_frames, crop, crop, 8], as the first convolution reads it.
  std::vector<ClipLayers> run(std::span<const float> clips, std::int64_t n);

 private:
  struct Program {
    Program(Backend& backend, const ParameterStore& parameters) : tape(backend, parameters, Mode::infer) {}
    Tape tape;
    Var clip;
    std::vector<Var> rows;
  };
  Program& program(std::int64_t n);

  Classifier& classifier_;
  const MatchAxes& axes_;
  std::map<std::int64_t, std::unique_ptr<Program>> programs_;
};

}  // namespace c3d
