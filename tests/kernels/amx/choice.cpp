// Where AMX is chosen, and where not.
#include <string>

#include "amx_set.h"
#include "catch.h"
#include "kernels/cpu/convolution/choice/candidates.h"
#include "kernels/cpu/convolution/choice/plan.h"
#include "kernels/cpu/isa/kernel_sets.h"

namespace c3d::cpu {
namespace {

// The name of the likeliest kernel.
std::string choice(const KernelSet& set, bool bf16, ConvolutionPass pass, bool products, bool direct = false,
                   std::int64_t in = 96, std::int64_t out = 96) {
  ConvolutionKey key;
  key.pass = pass;
  if (bf16) key.format = products ? kFormatBf16 : kFormatBf16InF32;
  key.direct = direct;
  key.clips = 1;
  key.in = key.out = {8, 28, 28};
  key.in_channels = key.valid_channels = in;
  key.out_channels = out;
  key.kernel = {3, 3, 3};
  key.stride = key.pad = {1, 1, 1};
  return to_text(candidates(set, key).front().implementation);
}

TEST_CASE("bf16 is multiplied over tiles, after transforms along depth, f32 by Winograd's", "[amx]") {
  const KernelSet* set = amx_set();
  if (set == nullptr) return;
  const ConvolutionPass passes[] = {ConvolutionPass::forward, ConvolutionPass::backward_data,
                                    ConvolutionPass::backward_filter};
  for (const ConvolutionPass pass : passes) {
    for (const bool products : {false, true}) {
      CHECK(choice(*set, true, pass, products) == "4x1x1");
      CHECK(choice(*set, true, pass, products, true) == "direct");
      CHECK(!choice(kernel_set("avx512"), true, pass, products).starts_with("direct"));
    }
    CHECK(choice(*set, false, pass, false) == choice(kernel_set("avx512"), false, pass, false));
  }
}

TEST_CASE("what a core's second cache holds of few channels is not transformed", "[amx]") {
  const KernelSet* set = amx_set();
  if (set == nullptr) return;
  CHECK(choice(*set, true, ConvolutionPass::backward_filter, true, false, 64, 64) == "direct");
  CHECK(choice(*set, true, ConvolutionPass::backward_filter, true, false, 16, 32) == "direct");
  CHECK(choice(*set, true, ConvolutionPass::backward_data, true, false, 32, 16) == "direct");
  CHECK(choice(*set, true, ConvolutionPass::forward, true, false, 16, 32) == "4x1x1");
}

TEST_CASE("amx is the best set, and avx512 the one after it", "[amx]") {
  const KernelSet* set = amx_set();
  if (set == nullptr) return;
  CHECK(&kernel_set("") == set);
  CHECK(&kernel_set("amx") == set);
  CHECK(kernel_set("avx512").bf16 != nullptr);
}

}  // namespace
}  // namespace c3d::cpu
