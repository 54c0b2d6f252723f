// Softmax and what the loss of engine/core/loss_rules.h makes of it. logits [N,classes] -> probabilities f32
// [N,classes] and losses f32 [N]. It ends the tape: backward starts here, with loss_scale of the step.
#pragma once

#include "engine/autograd/tape.h"

namespace c3d {

struct CrossEntropyValues {
  Var probabilities, losses;
};

// Of rows that are mixtures of two, as CrossEntropyTargets has them.
struct MixedLabels {
  Var labels, second_labels;  // i32 [N]
  Var mix;                    // f32 [N]
};

// labels i32 [N] (-1: a padding row). The rule's class weights must outlive the tape.
CrossEntropyValues softmax_cross_entropy(Tape& tape, Var logits, Var labels,
                                         const CrossEntropyRule& rule = {});
CrossEntropyValues softmax_cross_entropy(Tape& tape, Var logits, const MixedLabels& labels,
                                         const CrossEntropyRule& rule = {});

Var softmax(Tape& tape, Var logits);  // probabilities f32 [N,classes], for inference

}  // namespace c3d
