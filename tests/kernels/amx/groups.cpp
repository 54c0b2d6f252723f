// More clips than are copied to their grid at once, forward and backward data, against float64.
#include "amx_set.h"
#include "catch.h"
#include "judged_convolution.h"

namespace c3d::cpu {
namespace {

TEST_CASE("convolutions of several groups of clips agree with float64", "[amx]") {
  const KernelSet* set = amx_set();
  if (set == nullptr) return;
  for (const Algorithm algorithm :
       {Algorithm::direct, Algorithm::winograd_2x1x1, Algorithm::winograd_4x1x1}) {
    for (const ConvolutionPass pass : {ConvolutionPass::forward, ConvolutionPass::backward_data}) {
      const ConvolutionCase test{.set = set,
                                 .bf16 = true,
                                 .algorithm = algorithm,
                                 .pass = pass,
                                 .threads = 2,
                                 .clips = 9,
                                 .in = {16, 56, 56},
                                 .in_channels = 3,
                                 .valid_channels = 3,
                                 .out_channels = 4};
      INFO(describe(test));
      const ConvolutionData data = random_data(test);
      CHECK(judge(test, exact_results(test, data), convolve(test, data)).problem == "");
    }
  }
}

}  // namespace
}  // namespace c3d::cpu
