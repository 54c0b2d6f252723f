#include "kernels/cpu/isa/portable.h"
#include "kernels/cpu/isa/kernel_table.h"

namespace c3d::cpu {

const KernelSet& portable_kernels() {
  static constexpr KernelSet kSet{.name = "portable",
                                  .f32 = type_kernels<Portable, float, float>(),
                                  .elementwise = elementwise_kernels<Portable>()};
  return kSet;
}

}  // namespace c3d::cpu
