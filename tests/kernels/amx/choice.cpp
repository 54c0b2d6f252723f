// Where AMX is chosen, and where not.
#include <string>

#include "amx_set.h"
#include "catch.h"
#include "kernels/cpu/convolutions.h"

namespace c3d::cpu {
namespace {

std::string choice(const KernelSet& set, DType type, std::int64_t channels, ConvolutionPass pass,
                   bool products) {
  Workspace workspace;
  const Convolutions convolutions(type, {.kernels = &set, .bf16_products = products}, workspace);
  return convolutions.choice(pass, {}, {1, 8, 28, 28, channels}, {64, 3, 3, 3, channels});
}

TEST_CASE("bf16 is multiplied directly over tiles, f32 by Winograd's", "[amx]") {
  const KernelSet* set = amx_set();
  if (set == nullptr) return;
  const ConvolutionPass passes[] = {ConvolutionPass::forward, ConvolutionPass::backward_data,
                                    ConvolutionPass::backward_filter};
  for (const ConvolutionPass pass : passes) {
    for (const bool products : {false, true}) {
      CHECK(choice(*set, DType::bf16, 64, pass, products) == "direct");
      CHECK(choice(kernel_set("avx512"), DType::bf16, 64, pass, products) != "direct");
    }
    CHECK(choice(*set, DType::f32, 64, pass, false) ==
          choice(kernel_set("avx512"), DType::f32, 64, pass, false));
  }
}

TEST_CASE("amx is the best set, and avx512 the one after it", "[amx]") {
  const KernelSet* set = amx_set();
  if (set == nullptr) return;
  CHECK(&kernel_set("") == set);
  CHECK(&kernel_set("amx") == set);
  CHECK(&kernel_set("avx512") == &avx512_bf16_kernels());
}

}  // namespace
}  // namespace c3d::cpu
