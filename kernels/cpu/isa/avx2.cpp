#include "kernels/cpu/isa/avx2.h"
#include "kernels/cpu/isa/kernel_table.h"

namespace c3d::cpu {

const KernelSet& avx2_kernels() {
  static constexpr KernelSet kSet{
      .name = "avx2", .f32 = type_kernels<Avx2, float, float>(), .elementwise = elementwise_kernels<Avx2>()};
  return kSet;
}

}  // namespace c3d::cpu
