// Every convolution of the CPU backend. choice/implementation_list says which implementations serve it; the
// first convolution of each shape chooses one: from a plan that was given, else by measuring, else by a model
// of the work. Results depend on the plan, and gradients of filters on the number of threads; measuring
// leaves no trace in them. Not thread-safe; one team of threads does each op.
#pragma once

#include <map>
#include <string>

#include "engine/core/backend.h"
#include "kernels/cpu/convolution/choice/candidates.h"
#include "kernels/cpu/convolution/choice/measure.h"
#include "kernels/cpu/convolution/choice/plan.h"
#include "kernels/cpu/convolution/packed_filters.h"
#include "kernels/cpu/elementwise/loops.h"
#include "kernels/cpu/memory/workspace.h"

namespace c3d::cpu {

struct ConvolutionOptions {
  const KernelSet* kernels = nullptr;  // kernel_set()
  int threads = 1;
  bool direct = false;  // never Winograd: every sum as the definition has it
  // With bf16 activations, transformed values may be rounded to bf16 and multiplied as such. The error is
  // then a few per cent of each convolution's output instead of a fraction of one. Gradients of filters and
  // small-channel inputs are multiplied as floats all the same. AMX's transforms along depth round in any
  // case, in all passes, with an error of half a per cent.
  bool bf16_products = false;
  bool inference = false;            // transforming filters costs nothing: they do not change
  bool measure = false;              // else the model of the work chooses
  std::size_t max_filter_bytes = 0;  // of transformed filters that are kept; 0: no bound
};

class Convolutions {
 public:
  // type: of activations and filters. The workspace must outlive this object.
  Convolutions(DType type, const ConvolutionOptions& options, Workspace& workspace);
  Convolutions(const Convolutions&) = delete;
  Convolutions& operator=(const Convolutions&) = delete;

  // The contracts of Backend's ops of these names; argmax may be empty.
  void forward(const Conv3dGeometry& geometry, Activation activation, ConstTensor x, ConstTensor filter,
               ConstTensor bias, Tensor y);
  // Convolution, ReLU and pooling in one. Where the chosen kernel does not pool, its output goes to memory
  // and is pooled some clips at a time.
  void forward_pooled(const Conv3dGeometry& geometry, const Pool3dGeometry& pool, ConstTensor x,
                      ConstTensor filter, ConstTensor bias, Tensor y, Tensor argmax);
  void backward_data(const Conv3dGeometry& geometry, ConstTensor filter, ConstTensor dy, Tensor dx);
  void backward_filter(const Conv3dGeometry& geometry, ConstTensor x, ConstTensor dy, Tensor dfilter);
  // The same two from the gradient dy of the output y of a ReLU and a pooling; dx or dfilter may be empty. A
  // kernel that reads dy as it is makes dfilter of it; else, and wherever dx is wanted, the convolution's own
  // gradient is written some clips at a time.
  void backward_pooled(const Conv3dGeometry& geometry, const Pool3dGeometry& pool, ConstTensor x,
                       ConstTensor filter, ConstTensor argmax, ConstTensor y, ConstTensor dy, Tensor dx,
                       Tensor dfilter);
  // y: empty, or the output of a ReLU and a pooling, whose gradient dy is.
  void backward_bias(ConstTensor y, ConstTensor dy, Tensor dbias);

  PackedFilters& filters() { return filters_; }
  const PackedFilters& filters() const { return filters_; }
  // All that was given or chosen.
  const ConvolutionPlan& plan() const { return plan_; }
  // These choices hold from now on; others stay. Error, and nothing changes: a kernel that its convolution
  // cannot have here.
  void add_plan(const ConvolutionPlan& plan);
  // Called after each convolution that was measured, with their number and the seconds they took so far.
  void on_measured(MeasuredHook hook) { measured_hook_ = std::move(hook); }
  // The choice of the last convolution, "4x4x4 s28"; "" before the first.
  std::string last_choice() const { return last_ == nullptr ? "" : to_text(last_->choice); }
  // Of the last op; bf16 where some of them are.
  const Multiplications& last_multiplications() const { return multiplications_; }

 private:
  struct PoolGradient {
    ConstTensor argmax, y, dy;
  };
  struct Call {  // one convolution and its memory
    ConvolutionKey key;
    ConvolutionJob job;
    FilterJob filter;
    std::size_t filter_bytes = 0;
    const void* dy = nullptr;  // backward_filter: this or the pooled gradient
    Tensor dfilter;
    const Pool3dGeometry* pool = nullptr;  // after the convolution; null: there is none
    Tensor y, argmax;                      // forward: what the pool writes
    PoolGradient pool_gradient;            // backward_filter: what it reads
  };
  struct Chosen {
    Candidate candidate;
    ConvolutionChoice choice;
    Multiplications multiplications;
  };

  Call call(ConvolutionPass pass, const ConvolutionJob& job, ConstTensor filter);
  Call data_call(const Conv3dGeometry& geometry, ConstTensor filter, ConstTensor dy, Tensor dx);
  Call filter_call(const Conv3dGeometry& geometry, const Extent3& window, ConstTensor x, ConstTensor dy,
                   Tensor dfilter);
  void run(const Call& call);
  const Chosen& chosen(const Call& call);
  Fastest fastest(const Call& call, const std::vector<Candidate>& all);
  void execute(const Call& call, const Candidate& candidate, const Blocking& blocking,
               const std::byte* filters, std::int64_t clips);
  ConvolutionJob part_of(const ConvolutionJob& job, std::int64_t first, std::int64_t clips) const;
  void convolve(const ConvolutionKernel& kernel, const ConvolutionJob& job, const Blocking& blocking);
  void convolve_groups(const Call& call, const ConvolutionKernel& kernel, const ConvolutionJob& job,
                       const Blocking& blocking);
  void gradient(const ConvolutionKernel& kernel, const FilterGradientJob& job, const Blocking& blocking);
  void gradient_groups(const Call& call, const ConvolutionKernel& kernel, const ConvolutionJob& job,
                       const Blocking& blocking);
  template <typename Body>
  void for_each_convolved(const Shape& convolved, const Body& body);
  template <typename Body>
  void for_each_spread(const Pool3dGeometry& pool, const PoolGradient& gradient, const Shape& convolved,
                       const Body& body);
  template <typename Compute>
  void add_gradient(Tensor dfilter, bool adds, const Compute& compute);
  ElementwiseTeam team() const { return {&options_.kernels->elementwise, options_.threads}; }
  const TypeKernels& kernels() const;

  DType type_;
  Format format_;
  ConvolutionOptions options_;
  Workspace& workspace_;
  PackedFilters filters_;
  ConvolutionPlan plan_;
  std::map<ConvolutionKey, Chosen> chosen_;                  // of the plan's, those that came
  std::map<ConvolutionKey, std::int64_t> max_filter_bytes_;  // of all candidates
  const Chosen* last_ = nullptr;
  Multiplications multiplications_;
  MeasuredHook measured_hook_;
  std::int64_t measured_ = 0;
  double measured_seconds_ = 0;
};

}  // namespace c3d::cpu
