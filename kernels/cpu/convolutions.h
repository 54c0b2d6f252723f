// Every convolution of the CPU backend over the kernels of kernels/cpu/winograd: 3 x 3 x 3 taps with stride 1
// by Winograd's tiles, anything else directly. Which tile a shape gets is reckoned from its work; results
// depend on that alone, not on the number of threads. Transformed filters are kept until the parameters
// change. Not thread-safe; one team of threads does each op.
#pragma once

#include <list>
#include <string>

#include "engine/core/backend.h"
#include "kernels/cpu/winograd/kernels.h"
#include "kernels/cpu/workspace.h"

namespace c3d::cpu {

enum class ConvolutionPass : std::uint8_t { forward, backward_data, backward_filter };

struct ConvolutionOptions {
  const KernelSet* kernels = nullptr;  // kernel_set()
  int threads = 1;
  bool direct = false;  // never Winograd: every sum as the definition has it
  // With bf16 activations: transformed values are rounded to bf16 too, and multiplied as such. Twice as fast,
  // with an error of a few per cent of each convolution's output instead of a fraction of one. Gradients of
  // filters and narrow inputs are multiplied as floats all the same.
  bool bf16_products = false;
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
  // Convolution, ReLU and pooling in one, where fuses() says so.
  void forward_pooled(const Conv3dGeometry& geometry, const Pool3dGeometry& pool, ConstTensor x,
                      ConstTensor filter, ConstTensor bias, Tensor y, Tensor argmax);
  bool fuses(const Conv3dGeometry& geometry, const Pool3dGeometry& pool, const Shape& x,
             const Shape& filter) const;
  void backward_data(const Conv3dGeometry& geometry, ConstTensor filter, ConstTensor dy, Tensor dx);
  void backward_filter(const Conv3dGeometry& geometry, ConstTensor x, ConstTensor dy, Tensor dfilter);
  // The same from the gradient dy of the output y of a ReLU and a pooling, where reads_pooled() says so.
  void backward_filter_pooled(const Conv3dGeometry& geometry, const Pool3dGeometry& pool, ConstTensor x,
                              ConstTensor argmax, ConstTensor y, ConstTensor dy, Tensor dfilter);
  bool reads_pooled(const Conv3dGeometry& geometry, const Pool3dGeometry& pool, const Shape& x,
                    const Shape& filter) const;
  // y: empty, or the output of a ReLU and a pooling, whose gradient dy is.
  void backward_bias(ConstTensor y, ConstTensor dy, Tensor dbias);

  // Every packed filter is stale.
  void parameters_changed();
  // Memory that may hold filters was written: what was packed from it is stale.
  void overwritten(const std::byte* data, std::size_t bytes);
  // Memory that may hold filters was freed: what was packed from it is dropped.
  void freed(const std::byte* data, std::size_t bytes);

  std::size_t packed_bytes() const;
  // "4x4x4" and the like: for reports and tests.
  std::string choice(ConvolutionPass pass, const Conv3dGeometry& geometry, const Shape& x,
                     const Shape& filter) const;

 private:
  struct PackedFilter {
    const std::byte* source;
    std::size_t source_bytes;
    const ConvolutionKernel* kernel;
    bool mirrored;
    AlignedBytes packed;
    std::size_t bytes;
    bool stale;
  };

  const TypeKernels& types() const;
  const ConvolutionKernel& choose(ConvolutionPass pass, const ConvolutionJob& job) const;
  void run(ConvolutionPass pass, const FilterJob& filter, std::size_t filter_bytes, ConvolutionJob job);
  void run_gradient(FilterGradientJob job, ConstTensor x, Tensor dfilter);
  const std::byte* packed(const ConvolutionKernel& kernel, const FilterJob& filter, std::size_t filter_bytes);

  DType type_;
  ConvolutionOptions options_;
  Workspace& workspace_;
  std::list<PackedFilter> filters_;
};

}  // namespace c3d::cpu
