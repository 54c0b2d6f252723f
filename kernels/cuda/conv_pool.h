// Convolution, bias, ReLU and max-pool as one op. The first layer has kernels of its own; the others go
// through cuDNN and our pools, over groups of clips, so that of the convolution's output only a group's is
// ever there. Borrows all it is given. One thread.
#pragma once

#include "engine/core/op_shapes.h"
#include "kernels/cuda/cudnn_conv.h"
#include "kernels/cuda/launch.h"

namespace c3d::cuda {

inline PoolArguments pool_arguments(const Pool3dGeometry& pool, const Shape& x, const Shape& y) {
  return {pool, extent_of(x), extent_of(y), x[0], x[4]};
}

class ConvPool {
 public:
  ConvPool(Precision precision, CudnnConv& convolutions, Workspace& workspace, cudaStream_t stream)
      : type_(compute_type(precision)), convolutions_(convolutions), workspace_(workspace), stream_(stream) {}

  // As Backend's ops of these names, which have checked their arguments.
  void forward(const Conv3dGeometry& conv, const Pool3dGeometry& pool, ConstTensor x, ConstTensor filter,
               ConstTensor bias, Tensor y, Tensor argmax_u8);
  void forward_to_e4m3(const Conv3dGeometry& conv, const Pool3dGeometry& pool, ConstTensor x,
                       ConstTensor filter, ConstTensor bias, float factor, Tensor y);
  void backward(const Conv3dGeometry& conv, const Pool3dGeometry& pool, ConstTensor x, ConstTensor filter,
                ConstTensor argmax_u8, ConstTensor y, ConstTensor dy, Tensor dx, Tensor dfilter,
                Tensor dbias);

 private:
  Element element() const { return type_ == DType::bf16 ? Element::bf16 : Element::f32; }
  bool is_first_layer(const Conv3dGeometry& conv, const Pool3dGeometry& pool, ConstTensor x,
                      ConstTensor filter) const;
  void first_backward(ConstTensor x, ConstTensor argmax_u8, ConstTensor y, ConstTensor dy, Tensor dfilter,
                      Tensor dbias);
  std::int64_t clips_at_once(const Shape& convolved) const;
  // Of each group of clips what cuDNN convolves, then pool(it, the first of its clips, their number).
  template <typename Pool>
  void convolve(const Conv3dGeometry& conv, ConstTensor x, ConstTensor filter, ConstTensor bias,
                const Pool& pool);

  DType type_;
  CudnnConv& convolutions_;
  Workspace& workspace_;
  cudaStream_t stream_;
};

}  // namespace c3d::cuda
