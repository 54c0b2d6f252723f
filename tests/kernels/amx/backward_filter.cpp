// The filters' gradients over AMX's tiles, direct and by Winograd along depth, against float64, and the same
// bits for any number of threads.
#include "amx_set.h"
#include "catch.h"
#include "judged_convolution.h"

namespace c3d::cpu {
namespace {

struct Case {
  std::int64_t clips;
  Extent3 in, kernel, stride, pad;
  std::int64_t in_channels, valid_channels, out_channels;
};

const Case kCases[] = {
    {2, {3, 6, 11}, {3, 3, 3}, {1, 1, 1}, {1, 1, 1}, 21, 21, 40},
    {1, {1, 1, 1}, {3, 3, 3}, {1, 1, 1}, {1, 1, 1}, 3, 3, 5},
    {9, {2, 7, 7}, {3, 3, 3}, {1, 1, 1}, {1, 1, 1}, 64, 64, 33},
    {1, {2, 7, 7}, {3, 3, 3}, {1, 1, 1}, {1, 1, 1}, 512, 512, 96},
    {2, {5, 9, 8}, {3, 3, 2}, {2, 1, 3}, {1, 1, 0}, 33, 30, 70},
    {2, {4, 9, 10}, {2, 4, 3}, {1, 3, 2}, {0, 2, 1}, 40, 40, 31},
    {3, {4, 8, 9}, {1, 1, 1}, {1, 1, 1}, {0, 0, 0}, 40, 40, 32},
    {1, {4, 40, 50}, {3, 3, 3}, {1, 1, 1}, {2, 0, 2}, 32, 32, 32},
    {401, {4, 14, 14}, {3, 3, 3}, {1, 1, 1}, {1, 1, 1}, 2, 2, 2},  // more than two groups of clips
    {2, {6, 8, 10}, {3, 3, 3}, {1, 1, 1}, {1, 1, 1}, 8, 3, 33},
};

void check(const KernelSet* set, const Case& sizes, Algorithm algorithm, double max_error) {
  ConvolutionCase test{.set = set,
                       .bf16 = true,
                       .algorithm = algorithm,
                       .pass = ConvolutionPass::backward_filter,
                       .blocking = {512, Division::output_channels},
                       .clips = sizes.clips,
                       .in = sizes.in,
                       .kernel = sizes.kernel,
                       .stride = sizes.stride,
                       .pad = sizes.pad,
                       .in_channels = sizes.in_channels,
                       .valid_channels = sizes.valid_channels,
                       .out_channels = sizes.out_channels,
                       .bias = false,
                       .relu = false};
  INFO(describe(test));
  const ConvolutionData data = random_data(test);
  const ConvolutionResult found = convolve(test, data);
  const Verdict verdict = judge(test, exact_results(test, data), found);
  CHECK(verdict.problem == "");
  CHECK(verdict.relative_error < max_error);
  for (const int threads : {2, 3}) {
    test.threads = threads;
    CHECK(convolve(test, data) == found);
  }
}

TEST_CASE("filters' gradients over tiles agree with float64, with any threads", "[amx]") {
  const KernelSet* set = amx_set();
  if (set == nullptr) return;
  for (const Case& sizes : kCases) check(set, sizes, Algorithm::direct, 2e-6);
}

TEST_CASE("filters' gradients along depth agree with float64, with any threads", "[amx]") {
  const KernelSet* set = amx_set();
  if (set == nullptr) return;
  const Extent3 three{3, 3, 3}, one{1, 1, 1};
  for (const Case& sizes : kCases) {
    if (sizes.kernel != three || sizes.stride != one) continue;
    check(set, sizes, Algorithm::winograd_2x1x1, 3.5e-3);
    check(set, sizes, Algorithm::winograd_4x1x1, 7e-3);
  }
}

}  // namespace
}  // namespace c3d::cpu
