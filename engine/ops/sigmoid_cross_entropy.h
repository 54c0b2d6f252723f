// A sigmoid for each class, and the mean over classes of their binary cross-entropies: of clips that show
// several classes at a time. logits [N,classes], targets f32 [N,classes] -> probabilities f32 [N,classes] and
// losses f32 [N], as Backend::sigmoid_cross_entropy_forward() says. It ends the tape: backward starts here,
// with loss_scale of the step.
#pragma once

#include "engine/ops/softmax_cross_entropy.h"

namespace c3d {

// positive_weights: f32 [classes], must outlive the tape; empty: all are 1.
CrossEntropyValues sigmoid_cross_entropy(Tape& tape, Var logits, Var targets,
                                         ConstTensor positive_weights = {});

Var sigmoid(Tape& tape, Var logits);  // probabilities f32 [N,classes], for inference

}  // namespace c3d
