// How a backend keeps numbers and what it multiplies. Precision is the user's word; kernels go by the parts
// of the Format behind it. Plain values; any thread.
#pragma once

#include <compare>
#include <cstdint>

#include "engine/core/tensor.h"

namespace c3d {

// f32: strict IEEE single. tf32: f32 storage, products rounded to 10 bits (CUDA only). bf16: bf16 activations
// and products with f32 sums, f32 master parameters and parameter gradients. fp8, for inference alone: as bf16, but
// what can be is kept and multiplied in 8 bits (e4m3, engine/core/float8.h): ops of their own take such
// tensors.
enum class Precision : std::uint8_t { f32, tf32, bf16, fp8 };
const char* to_string(Precision precision);

// The numbers whose products a convolution or a matrix product sums up; the sums are f32.
enum class ProductType : std::uint8_t { f32, tf32, bf16, e4m3 };

// How one op keeps and multiplies numbers. The scales by which numbers of 8 bits become values are no part of
// it: they differ from tensor to tensor and from channel to channel, and go with the op.
struct Format {
  DType storage = DType::f32;  // of activations, their gradients, filters; biases too, of e4m3 f32
  ProductType product = ProductType::f32;
  friend constexpr auto operator<=>(const Format&, const Format&) = default;
};

// Products of e4m3; storage is then the type of the results, e4m3 too or a wider one.
constexpr Format e4m3_format(DType results) { return {results, ProductType::e4m3}; }
// Of what is multiplied.
constexpr DType operand_type(const Format& format) {
  return format.product == ProductType::e4m3 ? DType::e4m3 : format.storage;
}

// Of the ops that take no 8 bits.
constexpr Format format_of(Precision precision) {
  switch (precision) {
    case Precision::f32:
      return {DType::f32, ProductType::f32};
    case Precision::tf32:
      return {DType::f32, ProductType::tf32};
    case Precision::bf16:
    case Precision::fp8:
      return {DType::bf16, ProductType::bf16};
  }
  return {};
}

constexpr DType compute_type(Precision precision) { return format_of(precision).storage; }

}  // namespace c3d
