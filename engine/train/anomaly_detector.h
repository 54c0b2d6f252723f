// A TapeObserver that looks at every value and gradient as it is made: finds the first one that is not
// finite, and the largest. Slow (it copies everything to the host); used once, when a run has already failed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/autograd/tape.h"

namespace c3d {

struct InspectedValue {
  std::string layer, op;  // "conv3a", "conv3d"
  Direction direction = Direction::forward;
  bool from_inputs = false;  // what the op was given was not finite already: a parameter, or the clip
  double magnitude = 0;
};

// "the forward pass of conv3a (conv3d)"
std::string to_string(const InspectedValue& value);

class AnomalyDetector : public TapeObserver {
 public:
  void before(const OpEvent& event) override;
  void after(const OpEvent& event) override;

  const std::optional<InspectedValue>& first_not_finite() const { return first_not_finite_; }
  const InspectedValue& largest(Direction direction) const {
    return direction == Direction::forward ? largest_value_ : largest_gradient_;
  }

 private:
  // The largest absolute value; infinity where one is not finite. Integers and empty tensors give 0.
  double magnitude(Backend& backend, ConstTensor values);
  void inspect(const OpEvent& event, std::span<const Tensor> values, bool from_inputs);

  std::vector<std::byte> bytes_;
  std::optional<InspectedValue> first_not_finite_;
  InspectedValue largest_value_, largest_gradient_;
};

}  // namespace c3d
