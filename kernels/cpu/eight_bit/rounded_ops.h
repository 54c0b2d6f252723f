// The ops of Precision::fp8 that multiply, by the kernels of f32: operands are widened to floats, which hold
// e4m3 and bf16 exactly, products are exact and their sums f32, and each result is rounded to its type. So
// every processor has them, and with the numbers that 8 bits would give; none is faster by it. Contracts as of
// Backend's ops of these names, without gradients.
#pragma once

#include <array>

#include "kernels/cpu/convolution/convolutions.h"
#include "kernels/cpu/linear/linear.h"

namespace c3d::cpu {

class RoundedOps {
 public:
  // Of f32, both; they and the workspace must outlive this object.
  RoundedOps(Convolutions& convolutions, const LinearTeam& linear, Workspace& workspace)
      : convolutions_(convolutions), linear_(linear), workspace_(workspace) {}

  // Of bf16.
  void conv3d(const Conv3dGeometry& conv, Activation activation, ConstTensor x, ConstTensor filter,
              ConstTensor bias, Tensor y);
  // y bf16; or e4m3, of the results times the factor.
  void conv3d_max_pool3d(const Conv3dGeometry& conv, const Pool3dGeometry& pool, ConstTensor x,
                         ConstTensor filter, ConstTensor bias, float factor, Tensor y);
  void linear(Activation activation, ConstTensor x, ConstTensor weight, ConstTensor bias, Tensor y);

  // Of e4m3.
  void conv3d_e4m3(const Conv3dGeometry& conv, Activation activation, ConstTensor x, ConstTensor filter,
                   ConstTensor factors, ConstTensor bias, Tensor y);
  void linear_e4m3(Activation activation, ConstTensor x, ConstTensor weight, ConstTensor factors,
                   ConstTensor bias, Tensor y);
  void max_pool3d_e4m3(const Pool3dGeometry& pool, ConstTensor x, Tensor y);
  void e4m3_values(float scale, ConstTensor x, Tensor y);

  std::size_t bytes() const;  // of the floats

 private:
  // What the floats are: each has memory of its own, which grows and never shrinks.
  enum class Role : std::uint8_t { input, weights, bias, output, count };
  struct Memory {
    AlignedBytes data;
    std::size_t bytes = 0;
  };
  Tensor floats(Role role, const Shape& shape);
  Tensor widened(Role role, ConstTensor values);
  Tensor zeros(const Shape& shape);  // Role::bias
  void round(ConstTensor values, Tensor rounded) const;
  void round_to_e4m3(ConstTensor values, float factor, Tensor rounded) const;
  void write_results(Activation activation, ConstTensor sums, ConstTensor factors, ConstTensor bias,
                     Tensor y) const;
  ElementwiseTeam team() const { return {linear_.elementwise, linear_.threads}; }

  Convolutions& convolutions_;
  LinearTeam linear_;
  Workspace& workspace_;
  std::array<Memory, static_cast<std::size_t>(Role::count)> memory_;
};

}  // namespace c3d::cpu
