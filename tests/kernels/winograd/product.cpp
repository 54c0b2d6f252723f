// winograd_product SHARE SHARES: the whole product of instruction sets, types, tiles, passes, extents,
// batches and channels, or its SHARE-th of SHARES parts. What is judged by the same numbers is judged
// together, so that float64 and the reference convolve them once. Padding, pooling, blocks and threads are
// drawn. Prints how far it is.
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>

#include "circumstances.h"

namespace c3d::cpu {
namespace {

constexpr std::array<Extent3, 4> kProductExtents{{{1, 1, 1}, {1, 4, 11}, {3, 7, 9}, {5, 6, 5}}};
constexpr std::array<std::int64_t, 7> kProductChannels{3, 5, 16, 33, 64, 130, 512};
constexpr std::array<std::int64_t, 5> kProductOutChannels{3, 31, 64, 100, 512};

// One convolution of each pass and type without its kernel.
std::vector<ConvolutionCase> convolutions() {
  std::vector<ConvolutionCase> all;
  Draws draws(31);
  for (const bool bf16 : {false, true}) {
    for (const ConvolutionPass pass : kPasses) {
      for (const Extent3& in : kProductExtents) {
        for (std::int64_t clips = 1; clips <= kMostClips; ++clips) {
          for (const std::int64_t channels : kProductChannels) {
            for (const std::int64_t outs : kProductOutChannels) {
              ConvolutionCase test{.bf16 = bf16, .pass = pass, .clips = clips, .in = in};
              test.in_channels = test.valid_channels = channels;
              test.out_channels = outs;
              test.relu = false;
              test.bias = pass != ConvolutionPass::backward_filter && draws.between(0, 3) != 0;
              test.seed = draws.word();
              do {
                test.pad = kPads[static_cast<std::size_t>(draws.between(0, std::ssize(kPads) - 1))];
              } while (!test.valid());
              all.push_back(test);
            }
          }
        }
      }
    }
  }
  return all;
}

// The convolution by this kernel; not valid where it does not take it.
ConvolutionCase by_kernel(const ConvolutionCase& kernel, const ConvolutionCase& convolution, Draws& draws) {
  ConvolutionCase test = convolution;
  test.set = kernel.set;
  test.f32_products = kernel.f32_products;
  test.algorithm = kernel.algorithm;
  test.blocking = kBlockings[static_cast<std::size_t>(draws.between(0, std::ssize(kBlockings) - 1))];
  test.threads = static_cast<int>(draws.between(1, 3));
  if (test.makes_gradient()) return test;
  set_window(test, draws.between(0, kWindows - 1));
  test.relu = test.window != Extent3{} || draws.between(0, 1) == 0;
  if (!test.valid()) set_window(test, 0);
  return test;
}

class Product {
 public:
  // Whether all of the share is right.
  bool run(std::size_t share, std::size_t shares) {
    const std::vector<ConvolutionCase> kernels = kernel_cases(), all = convolutions();
    const std::size_t count = (all.size() - share) / shares + ((all.size() - share) % shares != 0);
    std::size_t percent = 0;
    for (std::size_t i = 0; i < count; ++i) {
      check(kernels, all[(share + i * shares) * kPrime % all.size()]);
      if ((i + 1) * 100 / count == percent) continue;
      percent = (i + 1) * 100 / count;
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start_;
      fmt::print("share {} of {}: {} %, {} convolutions right, {} wrong, {:.0f} s\n", share + 1, shares,
                 percent, right_, wrong_, took.count());
      std::fflush(stdout);
    }
    return wrong_ == 0;
  }

 private:
  static constexpr std::size_t kPrime = 7919;  // mixes cheap and dear ones; divides no number of them

  void check(const std::vector<ConvolutionCase>& kernels, const ConvolutionCase& convolution) {
    const ConvolutionData data = random_data(convolution);
    const std::vector<double> exact = exact_results(convolution, data),
                              reference = reference_results(convolution, data);
    Draws draws(convolution.seed);
    for (const ConvolutionCase& kernel : kernels) {
      if (kernel.bf16 != convolution.bf16) continue;
      const ConvolutionCase test = by_kernel(kernel, convolution, draws);
      if (!test.valid()) continue;
      const ConvolutionResult result = convolve(test, data);
      std::string problem = judge(test, exact, result).problem;
      if (problem.empty()) problem = judge(test, reference, result).problem;
      ++(problem.empty() ? right_ : wrong_);
      if (!problem.empty()) fmt::print("{}: {}\n", describe(test), problem);
    }
  }

  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::size_t right_ = 0, wrong_ = 0;
};

}  // namespace
}  // namespace c3d::cpu

int main(int argc, char** argv) {
  const long share = argc == 3 ? std::atol(argv[1]) : 0, shares = argc == 3 ? std::atol(argv[2]) : 0;
  if (share < 1 || share > shares) {
    fmt::print(stderr, "winograd_product SHARE SHARES\n");
    return 2;
  }
  return c3d::cpu::Product().run(static_cast<std::size_t>(share - 1), static_cast<std::size_t>(shares)) ? 0
                                                                                                        : 1;
}
