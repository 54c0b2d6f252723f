// Softmax and the negative log-likelihood of the label. logits [N,classes], labels i32 [N] (-1: a padding
// row) -> probabilities f32 [N,classes] and losses f32 [N]. It ends the tape: backward starts here, with
// loss_scale of the step.
#pragma once

#include "engine/autograd/tape.h"

namespace c3d {

struct CrossEntropyValues {
  Var probabilities, losses;
};

CrossEntropyValues softmax_cross_entropy(Tape& tape, Var logits, Var labels, float label_smoothing = 0);

Var softmax(Tape& tape, Var logits);  // probabilities f32 [N,classes], for inference

}  // namespace c3d
