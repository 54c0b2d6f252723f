// How much each kernel rounds, as docs/winograd.md and docs/amx.md state it. Not part of the usual tests,
// which hold all kernels to their bounds: prints a line for each, c3d_test_winograd "[rounding]".
#include <fmt/format.h>

#include "catch.h"
#include "circumstances.h"

namespace c3d::cpu {
namespace {

TEST_CASE("what each kernel rounds", "[.rounding]") {
  for (const ConvolutionPass pass : {ConvolutionPass::forward, ConvolutionPass::backward_filter}) {
    for (const std::int64_t channels : {3, 64, 512}) {
      for (const bool bf16 : {false, true}) {
        ConvolutionCase like{.bf16 = bf16,
                             .pass = pass,
                             .in = {8, 12, 12},
                             .in_channels = channels,
                             .valid_channels = channels,
                             .out_channels = 32,
                             .bias = false,
                             .relu = false};
        const ConvolutionData data = random_data(like);
        const std::vector<double> exact = exact_results(like, data);
        for (const ConvolutionCase& kernel : kernel_cases()) {
          if (kernel.bf16 != bf16 || kernel.stem() != (channels == 3)) continue;
          ConvolutionCase test = like;
          test.set = kernel.set;
          test.f32_products = kernel.f32_products;
          test.algorithm = kernel.algorithm;
          test.blocking = {28, Division::output_channels};
          const Verdict verdict = judge(test, exact, convolve(test, data));
          CHECK(verdict.problem == "");
          const char* type = !bf16 ? "f32" : test.rounds_transforms() ? "bf16, transforms too" : "bf16";
          fmt::print("{:16} {:4} channels  {:12} {:12} {:21} {:.2e}\n",
                     pass == ConvolutionPass::forward ? "forward" : "filters' gradient", channels,
                     test.set->name, name_of(test.algorithm), type, verdict.relative_error);
        }
      }
    }
  }
}

}  // namespace
}  // namespace c3d::cpu
