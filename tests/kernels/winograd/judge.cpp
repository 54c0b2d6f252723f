// The judge itself: what it must not let pass.
#include <algorithm>

#include "catch.h"
#include "circumstances.h"

namespace c3d::cpu {
namespace {

// Of all outputs' filters or of one's.
ConvolutionData without_tap(const ConvolutionCase& test, ConvolutionData data, std::int64_t tap, bool all) {
  constexpr std::int64_t kOutput = 3, kTaps = 27;
  const std::int64_t channels = test.flipped() ? test.out_channels : test.in_channels;
  for (std::int64_t i = 0; i < std::ssize(data.filter); ++i) {
    const std::int64_t output = test.flipped() ? i % channels : i / channels / kTaps;
    if (i / channels % kTaps == tap && (all || output == kOutput))
      data.filter[static_cast<std::size_t>(i)] = 0;
  }
  return data;
}

// For each pass that reads filters and each kernel that takes it.
template <typename F>
void for_each_kernel(ConvolutionCase test, const Extent3& pad, const F& f) {
  for (const ConvolutionCase& kernel : kernel_cases()) {
    test.set = kernel.set;
    test.bf16 = kernel.bf16;
    test.f32_products = kernel.f32_products;
    test.algorithm = kernel.algorithm;
    for (const ConvolutionPass pass : {ConvolutionPass::forward, ConvolutionPass::backward_data}) {
      test.pass = pass;
      test.pad = pass == ConvolutionPass::forward ? pad : Extent3{2 - pad.d, 2 - pad.h, 2 - pad.w};
      if (test.valid()) f(test);
    }
  }
}

// Every tap of all outputs where `all`; else some of one output.
void check_taps(const ConvolutionCase& like, const Extent3& pad, bool all) {
  const std::int64_t step = all ? 1 : 13;
  for_each_kernel(like, pad, [&](const ConvolutionCase& test) {
    const ConvolutionData data = random_data(test);
    const std::vector<double> right = exact_results(test, data);
    INFO(describe(test));
    CHECK(judge(test, right, convolve(test, data)).problem == "");
    for (std::int64_t tap = 0; tap < 27; tap += step) {
      INFO("without tap " << tap);
      CHECK(judge(test, right, convolve(test, without_tap(test, data, tap, all))).problem != "");
    }
  });
}

TEST_CASE("a convolution that lacks a tap is not right", "[winograd]") {
  ConvolutionCase test{.clips = 4, .in_channels = 5, .valid_channels = 5, .out_channels = 31, .relu = false};
  test.seed = 426382370;  // one of backward data whose transforms round much
  test.in = {1, 1, 1};    // each output sees it through another tap
  check_taps(test, {2, 2, 2}, true);
  test.in = {5, 6, 5};
  check_taps(test, {1, 1, 1}, false);
  test.clips = 1;
  test.in_channels = test.valid_channels = 64;
  check_taps(test, {1, 1, 1}, false);
}

TEST_CASE("a pooled value too large or too small, or with the place of another, is not right", "[winograd]") {
  ConvolutionCase like{
      .clips = 1, .in = {4, 6, 8}, .in_channels = 33, .valid_channels = 33, .out_channels = 16};
  for (std::int64_t window = 1; window < kWindows; ++window) {
    set_window(like, window);
    for_each_kernel(like, {1, 1, 1}, [](const ConvolutionCase& test) {
      const ConvolutionData data = random_data(test);
      const std::vector<double> right = exact_results(test, data);
      const ConvolutionResult result = convolve(test, data);
      INFO(describe(test));
      CHECK(judge(test, right, result).problem == "");
      // The window with the largest value.
      const auto at = std::max_element(result.y.begin(), result.y.end()) - result.y.begin();
      for (const float factor : {0.7f, 1.3f}) {
        ConvolutionResult wrong = result;
        wrong.y[static_cast<std::size_t>(at)] *= factor;
        CHECK(judge(test, right, wrong).problem != "");
      }
      if (!test.argmax) return;
      ConvolutionResult wrong = result;
      std::uint8_t& place = wrong.argmax[static_cast<std::size_t>(at)];
      place = static_cast<std::uint8_t>((place + 1) % test.window.volume());
      CHECK(judge(test, right, wrong).problem != "");
    });
  }
}

TEST_CASE("a filter's gradient with one wrong number, or a tap of another filter, is not right",
          "[winograd]") {
  constexpr std::int64_t kTaps = 27;
  for (ConvolutionCase test : kernel_cases()) {
    test.pass = ConvolutionPass::backward_filter;
    test.clips = 2;
    test.in = {5, 6, 5};
    // Of so many numbers that a wrong one hardly shows in the norm.
    test.in_channels = test.valid_channels = test.out_channels = test.stem() ? 3 : 64;
    test.bias = test.relu = false;
    if (!test.valid()) continue;
    INFO(describe(test));
    const ConvolutionData data = random_data(test);
    const std::vector<double> right = exact_results(test, data);
    const ConvolutionResult result = convolve(test, data);
    CHECK(judge(test, right, result).problem == "");
    const auto largest = std::max_element(result.y.begin(), result.y.end()) - result.y.begin();
    for (const float factor : {0.7f, 1.3f}) {
      ConvolutionResult wrong = result;
      wrong.y[static_cast<std::size_t>(largest)] *= factor;
      CHECK(judge(test, right, wrong).problem != "");
    }
    for (std::int64_t tap = 0; tap < kTaps; tap += 13) {
      INFO("tap " << tap);
      ConvolutionResult wrong = result;
      const auto first = wrong.y.begin() + tap * test.in_channels;
      std::swap_ranges(first, first + test.in_channels, first + kTaps * test.in_channels);
      CHECK(judge(test, right, wrong).problem != "");
    }
  }
}

}  // namespace
}  // namespace c3d::cpu
