// Four floats: what every processor of 64 bits has, and the compiler's own idea of it elsewhere.
#pragma once

#include "kernels/cpu/isa/vector.h"

namespace c3d::cpu {

struct Portable : Vector<Portable, 4> {
  static constexpr int kRows = 6;  // of a block of products: 12 sums in 16 registers
};

}  // namespace c3d::cpu
