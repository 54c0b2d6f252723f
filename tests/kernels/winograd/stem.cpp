// The convolution of a small-channel input along width alone, and its filters' direct gradient: all numbers
// of channels, vectors of outputs that are full, half empty and one lane over, lines that end inside a tile.
#include "catch.h"
#include "circumstances.h"
#include "kernels/cpu/isa/kernel_sets.h"

namespace c3d::cpu {
namespace {

constexpr std::int64_t kFewOutputs[] = {1, 8, 16, 17, 32, 33, 64};
constexpr Extent3 kFrames[] = {{1, 1, 1}, {3, 2, 4}, {4, 5, 7}, {2, 9, 13}, {5, 31, 6}, {2, 4, 131}};

// f(case) for every set's kernel and type.
template <typename F>
void for_each_stem(const F& f) {
  for (const KernelSet* set : usable_kernel_sets()) {
    ConvolutionCase test{.set = set, .algorithm = Algorithm::stem_1x1x4, .clips = 2};
    f(test);
    if (set->bf16_in_f32 == nullptr) continue;
    test.bf16 = test.f32_products = true;
    f(test);
  }
}

void check_stem(const ConvolutionCase& test) {
  if (!test.valid()) return;
  INFO(describe(test));
  const ConvolutionData data = random_data(test);
  CHECK(judge(test, exact_results(test, data), convolve(test, data)).problem == "");
}

void draw_stem(Draws& draws, const Extent3& frame, std::int64_t outputs, ConvolutionCase& test) {
  test.in = frame;
  test.out_channels = outputs;
  test.valid_channels = draws.between(1, kMaxStemChannels);
  test.in_channels = test.valid_channels + draws.between(0, 5);
  test.pad = kPads[static_cast<std::size_t>(draws.between(0, std::ssize(kPads) - 1))];
  test.threads = draws.between(0, 1) == 0 ? 1 : 3;
  test.seed = draws.word();
}

TEST_CASE("a small-channel input's lines give every output, pooled or not", "[winograd]") {
  Draws draws(5);
  for_each_stem([&](ConvolutionCase test) {
    for (const std::int64_t outputs : kFewOutputs) {
      for (const Extent3& frame : kFrames) {
        draw_stem(draws, frame, outputs, test);
        for (std::int64_t window = 0; window < kWindows; ++window) {
          set_window(test, window);
          test.bias = draws.between(0, 1) == 0;
          test.relu = window > 0 || draws.between(0, 1) == 0;
          check_stem(test);
        }
      }
    }
  });
}

TEST_CASE("a small-channel input's filters get the gradients of every tap", "[winograd]") {
  Draws draws(6);
  for_each_stem([&](ConvolutionCase test) {
    test.pass = ConvolutionPass::backward_filter;
    test.bias = test.relu = false;
    for (const std::int64_t outputs : kFewOutputs) {
      for (const Extent3& frame : kFrames) {
        draw_stem(draws, frame, outputs, test);
        check_stem(test);
      }
    }
  });
}

TEST_CASE("a small-channel input's gradient is the same bits for any threads", "[winograd]") {
  for_each_stem([](ConvolutionCase test) {
    test.pass = ConvolutionPass::backward_filter;
    test.bias = test.relu = false;
    test.in = {5, 61, 11};
    test.in_channels = test.valid_channels = 3;
    test.out_channels = 24;
    const ConvolutionData data = random_data(test);
    const ConvolutionResult wanted = convolve(test, data);
    for (const int threads : {2, 5}) {
      test.threads = threads;
      INFO(describe(test));
      CHECK(convolve(test, data) == wanted);
    }
  });
}

}  // namespace
}  // namespace c3d::cpu
