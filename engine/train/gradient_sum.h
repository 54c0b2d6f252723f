// Where processes that train one network together, each on its share of every batch, make one gradient of
// theirs.
#pragma once

#include "engine/core/backend.h"

namespace c3d {

class GradientSum {
 public:
  GradientSum() = default;
  GradientSum(const GradientSum&) = delete;
  GradientSum& operator=(const GradientSum&) = delete;
  virtual ~GradientSum() = default;

  // Called once a step, after the last backward pass and before the gradients are measured and used. They are
  // f32 [elements] in the backend's memory: this process's part of the mean over the batch, in place of which
  // comes the sum of all processes' parts. May return before it is there, as the backend's ops may.
  virtual void add_others(Backend& backend, Tensor gradients_in_place) = 0;
};

class OneProcess final : public GradientSum {
 public:
  void add_others(Backend& /*backend*/, Tensor /*gradients_in_place*/) override {}  // there are none
};

}  // namespace c3d
