// Convolutions of the CUDA backend: looks up or makes the plan for each shape, splits batches whose tensors
// are too large for cuDNN, gives it scratch memory, and brings its filter gradients into f32. Owns cuDNN's
// handle and the plans; borrows workspace and stream. One thread. The first convolution of each shape gets
// its plan: one that was given, else the fastest of those that are timed on its own tensors, else the
// heuristics' first. A convolution without a plan is NotRecordable: making one takes memory, and timing waits.
#pragma once

#include <map>
#include <string>

#include "kernels/cuda/conv_choices.h"
#include "kernels/cuda/conv_plan.h"
#include "kernels/cuda/cudnn_library.h"
#include "kernels/cuda/resources.h"

namespace c3d::cuda {

struct ConvOptions {
  Format format;
  bool deterministic = true;
  std::string gpu;  // its name, for the plan's text
};

// The largest part of `clips` that keeps x and y below `limit` elements, such that all parts are about alike.
std::int64_t clips_per_part(std::int64_t clips, std::int64_t elements_per_clip, std::int64_t limit);

class CudnnConv {
 public:
  CudnnConv(const ConvOptions& options, Workspace& workspace, cudaStream_t stream);

  void forward(const Conv3dGeometry& conv, Activation activation, ConstTensor x, ConstTensor filter,
               ConstTensor bias, Tensor y);
  // As Backend::conv3d_e4m3_forward().
  void forward_e4m3(const Conv3dGeometry& conv, Activation activation, ConstTensor x, ConstTensor filter,
                    ConstTensor factors, ConstTensor bias, Tensor y);
  // As Backend::linear_e4m3_forward(), as a convolution of one tap, which cuDNN has for any numbers of channels.
  void linear_e4m3(Activation activation, ConstTensor x, ConstTensor weight, ConstTensor factors,
                   ConstTensor bias, Tensor y);
  void backward_data(const Conv3dGeometry& conv, ConstTensor filter, ConstTensor dy, Tensor dx);
  // adds: dfilter, f32, keeps what it holds.
  void backward_filter(const Conv3dGeometry& conv, ConstTensor x, ConstTensor dy, Tensor dfilter, bool adds);

  // What was given or chosen so far is forgotten; what is chosen from here on is timed, or not.
  void begin_plan(bool measure);
  // Backend's functions of these names.
  bool measures() const { return measure_; }
  std::string plan_text() const;
  void add_plan(const std::string& lines);
  void on_measured(MeasuredHook hook) { measured_hook_ = std::move(hook); }
  std::string last_choice() const { return last_choice_; }
  // The last convolution was computed by kernels of our own.
  void computed_elsewhere(std::string how) { last_choice_ = std::move(how); }

 private:
  const ConvPlan& plan(const ConvKey& key, const ConvArguments& arguments);
  ConvPlan fastest(const ConvKey& key, const ConvArguments& arguments);
  float milliseconds(const ConvPlan& plan, const ConvArguments& arguments);
  // Whether the plan, run again on the same tensors, wrote the same bits each time.
  bool repeats_its_bits(const ConvPlan& plan, const ConvKey& key, const ConvArguments& arguments);
  void run(const ConvKey& key, const ConvArguments& arguments);
  // factors: null but of e4m3 products.
  void run_forward(const Format& format, const Conv3dGeometry& conv, Activation activation, ConstTensor x,
                   ConstTensor filter, const void* factors, ConstTensor bias, Tensor y);

  ConvOptions options_;
  Workspace& workspace_;
  cudaStream_t stream_;
  CudnnHandle handle_;
  CudnnTarget target_;
  PlanRules rules_;
  std::string target_word_;
  bool measure_ = false;
  std::map<ConvKey, ConvPlan> plans_;
  std::string last_choice_;
  MeasuredHook measured_hook_;
  std::int64_t measured_ = 0;
  double measured_seconds_ = 0;
};

}  // namespace c3d::cuda
