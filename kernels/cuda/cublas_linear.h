// The three products of a Linear layer through cublasLt. Its matrices are column by column, ours row by row:
// a row-major [R,C] is its C x R. Bias and ReLU are part of the forward product; the bias gradient is part of
// the weight's where the library can (its epilogue over the other operand), and else the caller's. Plans are
// kept for each shape; scratch comes from the backend's Workspace. One thread.
#pragma once

#include <memory>
#include <vector>

#include "kernels/cuda/cublas_lt.h"
#include "kernels/cuda/resources.h"

namespace c3d::cuda {

class CublasLinear {
 public:
  // Borrows workspace and stream.
  CublasLinear(const Format& format, Workspace& workspace, cudaStream_t stream);
  ~CublasLinear();

  // x [N,I]  weight [O,I]  bias [O]  y [N,O]
  void forward(Activation activation, ConstTensor x, ConstTensor weight, ConstTensor bias, Tensor y);
  // As Backend::linear_e4m3_forward(). False, and nothing is done, where cuBLAS has no such product: it wants rows of 16
  // bytes and multiples of that.
  bool forward_e4m3(Activation activation, ConstTensor x, ConstTensor weight, ConstTensor factors,
                    ConstTensor bias, Tensor y);
  void backward_data(ConstTensor weight, ConstTensor dy, Tensor dx);
  // dweight [O,I] f32; dbias [O] f32 or empty. Returns whether dbias was written, too.
  bool backward_weight(ConstTensor x, ConstTensor dy, Tensor dweight, Tensor dbias);

 private:
  struct Key;
  struct Product;
  Product& product(const Key& key);
  void run(Product& product, const void* a, const void* b, void* d, void* bias);

  Format format_;
  Workspace& workspace_;
  cudaStream_t stream_;
  CublasLtHandle handle_;
  std::vector<std::unique_ptr<Product>> products_;
};

}  // namespace c3d::cuda
