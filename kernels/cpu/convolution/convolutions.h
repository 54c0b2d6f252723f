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
#include "kernels/cpu/memory/workspace.h"

namespace c3d::cpu {

struct ConvolutionOptions {
  const KernelSet* kernels = nullptr;  // kernel_set()
  int threads = 1;
  bool direct = false;  // never Winograd: every sum as the definition has it
  // With bf16 activations, transformed values may be rounded to bf16 and multiplied as such. The error is
  // then a few per cent of each convolution's output instead of a fraction of one. Gradients of filters and
  // narrow inputs are multiplied as floats all the same. AMX's transforms along depth round in any case, in
  // all passes, with an error of half a per cent.
  bool bf16_products = false;
  bool inference = false;             // transforming filters costs nothing: they do not change
  bool measure = false;               // else the model of the work chooses
  std::size_t most_filter_bytes = 0;  // of transformed filters that are kept; 0: no bound
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
  // Convolution, ReLU and pooling in one; of pools that have_plain_windows().
  void forward_pooled(const Conv3dGeometry& geometry, const Pool3dGeometry& pool, ConstTensor x,
                      ConstTensor filter, ConstTensor bias, Tensor y, Tensor argmax);
  // Whether the windows can lie inside tiles: side by side from the first element on.
  static bool has_plain_windows(const Pool3dGeometry& pool);
  void backward_data(const Conv3dGeometry& geometry, ConstTensor filter, ConstTensor dy, Tensor dx);
  void backward_filter(const Conv3dGeometry& geometry, ConstTensor x, ConstTensor dy, Tensor dfilter);
  // The same from the gradient dy of the output y of a ReLU and a pooling, where reads_pooled() says so.
  void backward_filter_pooled(const Conv3dGeometry& geometry, const Pool3dGeometry& pool, ConstTensor x,
                              ConstTensor argmax, ConstTensor y, ConstTensor dy, Tensor dfilter);
  bool reads_pooled(const Conv3dGeometry& geometry, const Pool3dGeometry& pool, ConstTensor x,
                    ConstTensor filter);
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

 private:
  struct Call {  // one convolution and its memory
    ConvolutionKey key;
    ConvolutionJob job;
    FilterJob filter;
    std::size_t filter_bytes = 0;
    const void* dy = nullptr;  // backward_filter: this or `pooled`
    PooledGradient pooled;
    float* dfilter = nullptr;
  };
  struct Chosen {
    Candidate candidate;
    ConvolutionChoice choice;
  };

  Call call(ConvolutionPass pass, const ConvolutionJob& job, ConstTensor filter);
  void run(const Call& call);
  const Chosen& chosen(const Call& call);
  Fastest fastest(const Call& call);
  void execute(const Call& call, const Candidate& candidate, const Blocking& blocking,
               const std::byte* filters, std::int64_t clips);
  template <typename Convolve>
  void pool_groups(const ConvolutionJob& job, const Convolve& convolve);
  const TypeKernels& kernels() const;

  DType type_;
  Format format_;
  ConvolutionOptions options_;
  Workspace& workspace_;
  PackedFilters filters_;
  ConvolutionPlan plan_;
  std::map<ConvolutionKey, Chosen> chosen_;                   // of the plan's, those that came
  std::map<ConvolutionKey, std::int64_t> most_filter_bytes_;  // of all candidates
  std::map<ConvolutionKey, bool> reads_pooled_;
  const Chosen* last_ = nullptr;
  MeasuredHook measured_hook_;
  std::int64_t measured_ = 0;
  double measured_seconds_ = 0;
};

}  // namespace c3d::cpu
