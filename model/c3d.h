// C3D (Tran et al. 2015, "Learning Spatiotemporal Features with 3D Convolutional Networks", section 3.3):
// eight 3x3x3 convolutions, five max-pools, three linear layers. Declares conv1 ... fc8 as `conv1.weight`
// [K,3,3,3,C], `conv1.bias` [K] ... `fc8.bias` in a ParameterStore, which it does not own.
#pragma once

#include <string_view>
#include <vector>

#include "engine/autograd/tape.h"
#include "model/c3d_config.h"

namespace c3d {

struct C3dValues {
  Var pool5;   // [N, d*h*w*C] flattened in the order D H W C (8192 at full size)
  Var fc6;     // after ReLU, before dropout [N, 4096]
  Var fc7;     // after ReLU, before dropout [N, 4096]
  Var logits;  // fc8 [N, classes]
  // fc6 and fc7 before ReLU, where they were asked for; else nothing.
  Var fc6_sums, fc7_sums;
};

class C3d {
 public:
  C3d(const C3dConfig& config, ParameterStore& parameters);

  // clip [N, clip_frames, crop, crop, 8] in the compute type. with_sums: fc6 and fc7 before ReLU, too.
  C3dValues forward(Tape& tape, Var clip, bool with_sums = false) const;

  // The network in two parts, for who looks at what a convolution gives. They meet at the output of `layer`
  // after ReLU and before the pool that may follow, [N,d,h,w,C], which forward() never keeps. Nothing is
  // dropped, whatever the tape's mode. Error: there is no such convolution.
  Var convolution_output(Tape& tape, Var clip, std::string_view layer) const;
  Var logits_from(Tape& tape, Var output, std::string_view layer) const;
  // All that follows the last convolution's output, under this rule of pool5 in place of the network's own,
  // with the sums before ReLU. Error: fc6 does not fit what this rule leaves.
  C3dValues values_from(Tape& tape, Var conv5b, Pool5Rule rule) const;
  bool fits(Pool5Rule rule) const;  // fc6 takes what pool5 leaves under it

  struct Layer {
    std::string name;  // "conv3a", "fc6"
    ParameterId weight, bias;
    std::int64_t inputs,
        outputs;  // channels or features; conv1's inputs are 3, though its filter has 8 channels
  };
  const std::vector<Layer>& layers() const { return layers_; }
  const C3dConfig& config() const { return config_; }
  // pool5's extents: what fc6's columns run over.
  Extent3 pool5_extent() const { return pool5_extent_; }
  // Without padding channels: 78,409,573 for the full network and 101 classes.
  std::int64_t parameter_count() const;

 private:
  void expect_clip(const Tape& tape, Var clip) const;

  C3dConfig config_;
  std::vector<Layer> layers_;
  Extent3 pool5_extent_;
};

}  // namespace c3d
