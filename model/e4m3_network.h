// C3D in 8 bits, for inference (Precision::fp8): conv3a ... fc7 multiply e4m3 by e4m3, whose products are
// summed in f32; conv1, conv2 and fc8 stay bf16, as they have few products or, of conv2, half a tile of
// channels. Each filter (rounded as e4m3_rounding.h says) has a scale of its own, that of its largest weight; each tensor of
// activations has one, that of its ActivationRanges. All are powers of two (e4m3_scale()), so that they can
// be taken into factors and bias of a layer without another rounding.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "engine/ops/e4m3.h"
#include "model/activation_ranges.h"
#include "model/c3d.h"

namespace c3d {

class E4m3Network {
 public:
  // Rounds the parameters' weights as they are now. Model, parameters and backend outlive this object, and this object
  // every tape over it. Error: the backend is not of fp8.
  E4m3Network(Backend& backend, const C3d& model, const ParameterStore& parameters,
              const ActivationRanges& ranges);

  // As C3d::forward(), of a tape that infers; but pool5 and fc6 are e4m3. values() makes numbers of these.
  C3dValues forward(Tape& tape, Var clip, bool with_sums) const;
  // What the layer's result says, in the tape's compute type: of an e4m3 Var its values, else the Var itself.
  Var values(Tape& tape, Var result, std::string_view layer) const;

 private:
  struct Layer {
    Buffer memory;
    E4m3Weights weights;
  };
  Layer rounded(Backend& backend, const ParameterStore& parameters, std::size_t layer, float input_scale,
                float result_scale, const Layer* same_values) const;
  const E4m3Weights& weights(std::size_t layer) const;

  const C3d& model_;
  std::array<float, kE4m3Results.size()> scales_{};
  std::vector<Layer> layers_;  // conv3a ... fc7
  Layer fc6_sums_;             // fc6's weights, with factors and bias that give bf16
};

}  // namespace c3d
