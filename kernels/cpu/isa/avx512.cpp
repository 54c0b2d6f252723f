#include "kernels/cpu/isa/avx512.h"
#include "kernels/cpu/isa/kernel_table.h"

namespace c3d::cpu {

const KernelSet& avx512_kernels() {
  static constexpr KernelSet kSet{.name = "avx512",
                                  .f32 = type_kernels<Avx512, float, float>(),
                                  .elementwise = elementwise_kernels<Avx512>()};
  return kSet;
}

}  // namespace c3d::cpu
