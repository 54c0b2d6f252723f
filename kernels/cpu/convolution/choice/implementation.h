// What a plan names: one of the implementations of choice/implementation_list.h.
#pragma once

#include "kernels/cpu/convolution/problem/algorithm.h"

namespace c3d::cpu {

// The numbers that are multiplied, where a set of kernels has both forms for the key's types.
enum class Products : std::uint8_t { only_form, f32, bf16 };

struct Implementation {
  Algorithm algorithm = Algorithm::direct;
  Products products = Products::only_form;
  friend constexpr bool operator==(const Implementation&, const Implementation&) = default;
};

}  // namespace c3d::cpu
