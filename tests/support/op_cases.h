// The list of ops in all the shapes and corners that matter, walked by the gradient check, by the parity
// tests of every backend and, at C3D's own sizes, by c3d_bench. A case says what goes in and records its op
// on a tape; it knows no backend. Everything random in a case is drawn from Philox, so a case is the same
// numbers everywhere. One list, no state.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/autograd/tape.h"
#include "tests/support/op_inputs.h"

namespace c3d {

struct OpArguments {
  std::vector<Var> vars;               // of every input but the constants, in their order
  std::vector<ConstTensor> constants;  // f32, on the backend's device
};

enum class ToleranceClass : std::uint8_t {
  exact,        // moves and compares values: the same bits in every precision
  elementwise,  // rounds, but multiplies no matrices: strict even where products are tf32
  products      // the row of the precision
};

struct OpCase {
  std::string name;
  std::vector<OpInput> inputs;
  std::function<std::vector<Var>(Tape&, const OpArguments&)> record;  // returns the results to compare
  ToleranceClass tolerance = ToleranceClass::products;
  bool is_loss = false;  // the last result is a loss for each row
  // Smooth around its inputs: no sum near a corner of ReLU or near another of its window.
  bool gradcheck = true;
  // Equal sums must be equal to the last bit: a backend that can computes convolutions directly.
  bool exact_sums = false;
  bool only_f32 = false;     // compares what it computed, or chains ops: a rounding may change a choice
  bool only_train = false;   // a loss wants Mode::train
  bool only_infer = false;   // softmax without labels
  double multiply_adds = 0;  // of one forward pass; a pass of backward has as many
};

// Small: all ops, odd sizes, every corner.
std::vector<OpCase> op_cases();

// C3D's own layers at width 1: 8 convolutions with ReLU, 5 pools, 3 linears; and the conv-ReLU-pool fusions
// the model runs. For timing; `clips` 16-frame clips of 112x112.
std::vector<OpCase> c3d_layer_cases(std::int64_t clips);

}  // namespace c3d
