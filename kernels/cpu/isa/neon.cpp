#include "kernels/cpu/isa/neon.h"
#include "kernels/cpu/isa/kernel_table.h"

namespace c3d::cpu {

const KernelSet& neon_kernels() {
  static constexpr KernelSet kSet{
      .name = "neon", .f32 = type_kernels<Neon, float, float>(), .elementwise = elementwise_kernels<Neon>()};
  return kSet;
}

}  // namespace c3d::cpu
