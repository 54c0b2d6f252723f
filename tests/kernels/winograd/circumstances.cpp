#include "circumstances.h"

#include <algorithm>

#include "kernels/cpu/isa/kernel_sets.h"

namespace c3d::cpu {

std::vector<ConvolutionCase> kernel_cases() {
  std::vector<ConvolutionCase> cases;
  // Once each: sets share kernels.
  const auto add = [&](const ConvolutionCase& test) {
    const bool known = std::any_of(cases.begin(), cases.end(), [&](const ConvolutionCase& other) {
      return other.kernels().run == test.kernels().run && other.kernels().gradient == test.kernels().gradient;
    });
    if (!known) cases.push_back(test);
  };
  const auto add_type = [&](const KernelSet* set, bool bf16, bool f32_products) {
    ConvolutionCase test{.set = set, .bf16 = bf16, .f32_products = f32_products};
    for (std::size_t algorithm = 0; algorithm < kAlgorithms; ++algorithm) {
      test.algorithm = static_cast<Algorithm>(algorithm);
      if (test.kernels().exists()) add(test);
    }
  };
  for (const KernelSet* set : usable_kernel_sets()) {
    add_type(set, false, false);
    if (set->bf16_in_f32 != nullptr) add_type(set, true, true);
    if (set->bf16 != set->bf16_in_f32) add_type(set, true, false);
  }
  return cases;
}

void set_window(ConvolutionCase& test, std::int64_t window) {
  test.window = window == 0 ? Extent3{} : Extent3{window < 3 ? 1 : 2, 2, 2};
  test.argmax = window == 2 || window == 4;
}

void adapt(ConvolutionCase& test, Draws& draws, bool other_kernels) {
  if (test.stem()) test.valid_channels = std::min(test.valid_channels, draws.between(1, kMaxStemChannels));
  if (test.window != Extent3{}) test.relu = true;
  if (test.makes_gradient()) test.bias = test.relu = false;
  if (other_kernels && test.algorithm == Algorithm::direct && draws.between(0, 1) == 0) {
    test.kernel = {draws.between(1, 3), draws.between(1, 4), draws.between(1, 3)};
    test.stride = {draws.between(1, 2), draws.between(1, 3), draws.between(1, 2)};
  }
}

}  // namespace c3d::cpu
