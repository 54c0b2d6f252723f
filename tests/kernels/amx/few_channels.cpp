// Convolutions of few channels, which a core's second cache holds, against float64, and the same bits for any
// number of threads: channels that fill no tile, one, and one and a rest; planes in one piece and in several.
#include "amx_set.h"
#include "catch.h"
#include "judged_convolution.h"

namespace c3d::cpu {
namespace {

void check(ConvolutionCase test) {
  INFO(describe(test));
  const ConvolutionData data = random_data(test);
  const ConvolutionResult found = convolve(test, data);
  CHECK(judge(test, exact_results(test, data), found).problem == "");
  for (const int threads : {2, 5}) {
    test.threads = threads;
    CHECK(convolve(test, data) == found);
  }
}

ConvolutionCase case_of(const KernelSet* set, Algorithm algorithm, ConvolutionPass pass) {
  ConvolutionCase test{.set = set, .bf16 = true, .algorithm = algorithm, .pass = pass};
  if (test.makes_gradient()) test.bias = test.relu = false;
  return test;
}

TEST_CASE("convolutions of few channels agree with float64, with any threads", "[amx]") {
  const KernelSet* set = amx_set();
  if (set == nullptr) return;
  for (const ConvolutionPass pass :
       {ConvolutionPass::forward, ConvolutionPass::backward_data, ConvolutionPass::backward_filter}) {
    for (const std::int64_t in : {8, 16, 17, 24}) {
      for (const std::int64_t out : {8, 16, 17, 24, 40}) {
        ConvolutionCase test = case_of(set, Algorithm::direct, pass);
        test.clips = 2;
        test.in = {3, 7, 9 + in % 3};
        test.in_channels = test.valid_channels = in;
        test.out_channels = out;
        check(test);
      }
    }
  }
}

TEST_CASE("few channels along depth agree with float64, with any threads", "[amx]") {
  const KernelSet* set = amx_set();
  if (set == nullptr) return;
  for (const Algorithm algorithm : {Algorithm::winograd_2x1x1, Algorithm::winograd_4x1x1}) {
    for (const ConvolutionPass pass : {ConvolutionPass::forward, ConvolutionPass::backward_data}) {
      for (const std::int64_t in : {1, 8, 15, 16, 17}) {
        for (const std::int64_t out : {1, 16, 17, 40}) {
          ConvolutionCase test = case_of(set, algorithm, pass);
          test.clips = 2;
          test.in = {5, 7, 9 + in % 3};
          test.in_channels = test.valid_channels = in;
          test.out_channels = out;
          check(test);
        }
      }
    }
  }
}

TEST_CASE("few channels of large planes, other kernels and pads agree with float64", "[amx]") {
  const KernelSet* set = amx_set();
  if (set == nullptr) return;
  struct Sizes {
    Extent3 in, kernel, pad;
    std::int64_t valid_channels, out_channels;
  };
  // Several pieces of planes; a clip of several cuts; an odd kernel; pads that are none and larger than taps.
  const Sizes sizes[] = {{{5, 33, 61}, {3, 3, 3}, {1, 1, 1}, 16, 16},
                         {{17, 20, 57}, {3, 3, 3}, {1, 1, 1}, 13, 20},
                         {{4, 9, 10}, {2, 4, 3}, {0, 2, 1}, 24, 31},
                         {{3, 6, 5}, {1, 1, 1}, {0, 0, 0}, 32, 16},
                         {{4, 40, 50}, {3, 3, 3}, {2, 0, 2}, 7, 16}};
  for (const Sizes& one : sizes) {
    for (const ConvolutionPass pass :
         {ConvolutionPass::forward, ConvolutionPass::backward_data, ConvolutionPass::backward_filter}) {
      ConvolutionCase test = case_of(set, Algorithm::direct, pass);
      test.in = one.in;
      test.kernel = one.kernel;
      test.pad = one.pad;
      test.valid_channels = one.valid_channels;
      test.in_channels = pass == ConvolutionPass::backward_data ? one.valid_channels : one.valid_channels + 3;
      test.out_channels = one.out_channels;
      check(test);
    }
  }
}

TEST_CASE("few channels are pooled in planes of odd sizes", "[amx]") {
  const KernelSet* set = amx_set();
  if (set == nullptr) return;
  for (const std::int64_t depth : {1, 2}) {
    for (const std::int64_t out : {16, 17}) {
      for (const bool argmax : {false, true}) {
        ConvolutionCase test = case_of(set, Algorithm::direct, ConvolutionPass::forward);
        test.in = {5, 35, 47};
        test.in_channels = test.valid_channels = 16;
        test.out_channels = out;
        test.relu = true;
        test.window = {depth, 2, 2};
        test.argmax = argmax;
        check(test);
        test.algorithm = Algorithm::stem_1x4x4;
        test.in_channels = 8;
        test.valid_channels = 3;
        check(test);
      }
    }
  }
}

TEST_CASE("colours among any number of channels agree with float64", "[amx]") {
  const KernelSet* set = amx_set();
  if (set == nullptr) return;
  struct Channels {
    std::int64_t in, valid;
  };
  for (const ConvolutionPass pass : {ConvolutionPass::forward, ConvolutionPass::backward_filter}) {
    for (const Channels& channels : {Channels{8, 3}, {8, 1}, {8, 4}, {3, 3}, {4, 4}, {12, 3}, {40, 2}}) {
      for (const std::int64_t out : {16, 33}) {
        for (const Extent3& in : {Extent3{3, 5, 7}, Extent3{2, 41, 63}, Extent3{1, 1, 1}}) {
          ConvolutionCase test = case_of(set, Algorithm::stem_1x4x4, pass);
          test.in = in;
          test.in_channels = channels.in;
          test.valid_channels = channels.valid;
          test.out_channels = out;
          check(test);
        }
      }
    }
  }
}

}  // namespace
}  // namespace c3d::cpu
