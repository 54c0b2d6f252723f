// Convolutions of the CUDA backend: looks up or makes the plan for each shape, splits batches whose tensors
// are too large for cuDNN, gives it scratch memory, and brings its filter gradients into f32. Owns cuDNN's
// handle and the plans; borrows workspace and stream. One thread. Plans are made, and timed, the first time a
// shape comes.
#pragma once

#include <optional>
#include <vector>

#include "kernels/cuda/conv_plan.h"
#include "kernels/cuda/resources.h"
#include "kernels/cuda/tuned_plans.h"

namespace c3d::cuda {

struct ConvOptions {
  Precision precision = Precision::f32;
  bool deterministic = true;
  bool autotune = false;
  std::string gpu;  // its name, for the file of timed choices
};

// The largest part of `clips` that keeps x and y below `limit` elements, such that all parts are about alike.
std::int64_t clips_per_part(std::int64_t clips, std::int64_t elements_per_clip, std::int64_t limit);

class CudnnConv {
 public:
  CudnnConv(const ConvOptions& options, Workspace& workspace, cudaStream_t stream);

  void forward(const Conv3dGeometry& conv, Activation activation, ConstTensor x, ConstTensor filter,
               ConstTensor bias, Tensor y);
  void backward_data(const Conv3dGeometry& conv, ConstTensor filter, ConstTensor dy, Tensor dx);
  // adds: dfilter, f32, keeps what it holds.
  void backward_filter(const Conv3dGeometry& conv, ConstTensor x, ConstTensor dy, Tensor dfilter, bool adds);

 private:
  struct Entry {
    ConvKey key;
    ConvPlan plan;
  };
  const ConvPlan& plan(const ConvKey& key, const ConvArguments& arguments);
  ConvPlan tuned(const ConvKey& key, const ConvArguments& arguments);
  float milliseconds(const ConvPlan& plan, const ConvArguments& arguments);
  void run(const ConvKey& key, const ConvArguments& arguments);

  ConvOptions options_;
  Workspace& workspace_;
  cudaStream_t stream_;
  CudnnHandle handle_;
  CudnnTarget target_;
  PlanRules rules_;
  TunedPlans tuned_plans_;
  // Some dozens: a walk along them costs less than a launch.
  std::vector<Entry> entries_;
};

}  // namespace c3d::cuda
