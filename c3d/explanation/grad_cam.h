// Grad-CAM of clips (Selvaraju et al. 2017, section 3), over space and time: see c3d/explanation.h. The
// network is recorded once more, in two parts that meet at the layer: the first computes its activations as
// always, the second the logits from them, and their gradient. The network's own tapes are left as they are.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "c3d/inference/classifier.h"
#include "engine/core/geometry.h"

namespace c3d {

// The convolutions that are explained by, the deepest first, which is the usual one.
std::vector<std::string> explanation_layers();

// ReLU(sum over channels of weight x activation) with weight = mean of the gradient over the places; both
// [places, channels]. The sums are in double.
std::vector<float> grad_cam_map(std::span<const float> activation, std::span<const float> gradient,
                                std::size_t channels);

// One thread drives it, as the classifier, which it borrows.
class GradCam {
 public:
  // Error: the layer is none of explanation_layers().
  GradCam(Classifier& classifier, const std::string& layer);

  Backend& backend() { return classifier_.backend(); }
  const std::string& layer() const { return layer_; }
  const std::vector<std::string>& labels() const { return classifier_.info().labels; }
  Extent3 grid() const { return grid_; }  // of a map
  // [clips, crops, T, H, W] of the logit of class `label`. Each clip holds the frames of `spec`.
  std::vector<float> maps(std::span<const Clip> clips, const ClipSpec& spec, std::size_t label);

 private:
  struct Program {  // for one number of rows
    Program(Backend& backend, const ParameterStore& parameters)
        : before(backend, parameters, Mode::infer), after(backend, parameters, Mode::train) {}
    Tape before, after;  // the layer
    ClipVars input;
    Var output;              // of `before`
    Var activation, logits;  // of `after`, which starts from a copy
  };
  // The number of rows, and whether these are stored as crops.
  using ProgramKey = std::pair<std::int64_t, bool>;
  Program& program(const ProgramKey& key);
  void seed_gradient(Program& run, std::size_t label);

  Classifier& classifier_;
  std::string layer_;
  Extent3 grid_;
  std::map<ProgramKey, std::unique_ptr<Program>> programs_;  // the full batch and a last, smaller one
};

}  // namespace c3d
