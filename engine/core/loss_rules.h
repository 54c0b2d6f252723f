// What the losses of Backend compare the logits with, and how. Borrowed tensors; plain values.
#pragma once

#include "engine/core/tensor.h"

namespace c3d {

// q: the target distribution of a row (CrossEntropyTargets), w: class_weights, p = softmax(logits).
//
//   loss = sum over c of w_c q_c (1 - p_c)^focal_gamma (-log p_c)
//
// With gamma 0 it is torch.nn.functional.cross_entropy with weight= and label_smoothing=, reduction "none";
// with one label and without smoothing the focal loss of Lin et al. 2017 with alpha = w.
struct CrossEntropyRule {
  float label_smoothing = 0;       // s of CrossEntropyTargets, from 0 to below 1
  float focal_gamma = 0;           // 0: off
  ConstTensor class_weights = {};  // f32 [classes]; empty: all are 1
};

// Row n aims at q_c = (1 - s) (mix_n [c = labels_n] + (1 - mix_n) [c = second_labels_n]) + s / classes: what
// mixup (Zhang et al. 2018) and cutmix (Yun et al. 2019) make of two rows. second_labels and mix come
// together or not at all; without them each row aims at its label alone.
struct CrossEntropyTargets {
  ConstTensor labels = {};         // i32 [N]; -1: a padding row, which counts for nothing
  ConstTensor second_labels = {};  // i32 [N]; -1: this row is not mixed, whatever its mix
  ConstTensor mix = {};            // f32 [N], from 0 to 1: the share of the first label
};

}  // namespace c3d
