// Every kernel against float64 and the reference backend: all pairs of values that matter, and seeded random
// draws.
#include <array>
#include <set>

#include "catch.h"
#include "circumstances.h"

namespace c3d::cpu {
namespace {

constexpr double kMostMultiplications = 1e7;  // of one case: hundredths of a second of the float64 loop

void check(const ConvolutionCase& test) {
  INFO(describe(test));
  const ConvolutionData data = random_data(test);
  const ConvolutionResult result = convolve(test, data);
  CHECK(judge(test, exact_results(test, data), result).problem == "");
  CHECK(judge(test, reference_results(test, data), result).problem == "");
}

// The values of one case, each a level of its factor.
constexpr int kFactors = 10;
using Levels = std::array<std::int64_t, kFactors>;

Levels levels_of(const std::vector<ConvolutionCase>& kernels) {
  return {std::ssize(kernels),
          std::ssize(kPasses),
          std::ssize(kExtents),
          std::ssize(kPads),
          std::ssize(kChannels),
          std::ssize(kOutChannels),
          std::ssize(kBlockings),
          kMostClips,
          kWindows,
          2};
}

ConvolutionCase case_of(const std::vector<ConvolutionCase>& kernels, const Levels& levels, Draws& draws) {
  const auto level = [&](int factor) {
    return static_cast<std::size_t>(levels[static_cast<std::size_t>(factor)]);
  };
  ConvolutionCase test = kernels[level(0)];
  test.pass = kPasses[level(1)];
  test.in = kExtents[level(2)];
  test.pad = kPads[level(3)];
  test.in_channels = test.valid_channels = kChannels[level(4)];
  test.out_channels = kOutChannels[level(5)];
  test.blocking = kBlockings[level(6)];
  test.clips = levels[7] + 1;
  set_window(test, levels[8]);
  test.threads = level(9) == 0 ? 3 : 1;
  test.bias = draws.between(0, 3) != 0;
  test.relu = draws.between(0, 1) == 0;
  test.seed = draws.word();
  adapt(test, draws);
  return test;
}

using Pair = std::array<std::int64_t, 4>;  // factor, level, factor, level

std::vector<Pair> pairs_of(const Levels& levels) {
  std::vector<Pair> pairs;
  for (int a = 0; a < kFactors; ++a) {
    for (int b = a + 1; b < kFactors; ++b) {
      pairs.push_back({a, levels[static_cast<std::size_t>(a)], b, levels[static_cast<std::size_t>(b)]});
    }
  }
  return pairs;
}

// What no convolution can have: a kernel that does not take the pass or the pooling, a gradient that is
// pooled.
bool excludes(const std::vector<ConvolutionCase>& kernels, const Pair& pair) {
  ConvolutionCase test;
  if (pair[0] == 0) test = kernels[static_cast<std::size_t>(pair[1])];
  if (pair[2] == 8) set_window(test, pair[3]);
  const bool pools = test.window != Extent3{};
  if (pair[0] == 0 && pair[2] == 1) {
    return test.stem() && kPasses[static_cast<std::size_t>(pair[3])] == ConvolutionPass::backward_data;
  }
  if (pair[0] == 0 && pair[2] == 8) return pools && !test.kernels().can_pool(test.window);
  if (pair[0] == 1 && pair[2] == 8) {
    return pools && kPasses[static_cast<std::size_t>(pair[1])] == ConvolutionPass::backward_filter;
  }
  return false;
}

TEST_CASE("every pair of a kernel's circumstances agrees with float64 and the reference", "[winograd]") {
  const std::vector<ConvolutionCase> kernels = kernel_cases();
  const Levels counts = levels_of(kernels);
  Draws draws(17);
  std::set<Pair> covered;
  const auto random_levels = [&] {
    Levels levels;
    for (std::size_t i = 0; i < levels.size(); ++i) levels[i] = draws.between(0, counts[i] - 1);
    return levels;
  };
  // Cases that hold this pair and most others not seen yet. No case: the kernel does not take the two
  // together.
  const auto cover = [&](const Pair& wanted) {
    ConvolutionCase best;
    Levels best_levels{};
    std::size_t most = 0;
    for (int attempt = 0; attempt < 400; ++attempt) {
      Levels levels = random_levels();
      levels[static_cast<std::size_t>(wanted[0])] = wanted[1];
      levels[static_cast<std::size_t>(wanted[2])] = wanted[3];
      const ConvolutionCase test = case_of(kernels, levels, draws);
      if (!test.valid() || test.multiplications() > kMostMultiplications) continue;
      std::size_t fresh = 0;
      for (const Pair& pair : pairs_of(levels)) fresh += covered.count(pair) == 0 ? 1 : 0;
      if (fresh > most) {
        most = fresh;
        best = test;
        best_levels = levels;
      }
    }
    if (most == 0) return;
    for (const Pair& pair : pairs_of(best_levels)) covered.insert(pair);
    check(best);
  };
  for (int a = 0; a < kFactors; ++a) {
    for (int b = a + 1; b < kFactors; ++b) {
      for (std::int64_t i = 0; i < counts[static_cast<std::size_t>(a)]; ++i) {
        for (std::int64_t k = 0; k < counts[static_cast<std::size_t>(b)]; ++k) {
          const Pair pair{a, i, b, k};
          if (covered.count(pair) == 0) cover(pair);
          INFO("level " << i << " of factor " << a << ", level " << k << " of factor " << b);
          CHECK((covered.count(pair) == 1) != excludes(kernels, pair));
        }
      }
    }
  }
}

TEST_CASE("random convolutions agree with float64 and the reference", "[winograd]") {
  const std::vector<ConvolutionCase> kernels = kernel_cases();
  Draws draws(23);
  int done = 0;
  while (done < 80) {
    ConvolutionCase test = kernels[static_cast<std::size_t>(draws.between(0, std::ssize(kernels) - 1))];
    test.pass = kPasses[static_cast<std::size_t>(draws.between(0, std::ssize(kPasses) - 1))];
    test.threads = draws.between(0, 1) == 0 ? 1 : 3;
    test.in = {draws.between(1, 9), draws.between(1, 15), draws.between(1, 15)};
    test.pad = {draws.between(0, 2), draws.between(0, 2), draws.between(0, 2)};
    test.valid_channels = draws.between(3, 512);
    test.in_channels = test.valid_channels + (draws.between(0, 3) == 0 ? draws.between(1, 9) : 0);
    test.out_channels = draws.between(3, 512);
    test.blocking = {draws.between(1, 60), static_cast<Division>(draws.between(0, 2))};
    test.clips = draws.between(1, kMostClips);
    set_window(test, test.makes_gradient() || draws.between(0, 1) == 0 ? 0 : draws.between(1, kWindows - 1));
    test.bias = draws.between(0, 3) != 0;
    test.relu = draws.between(0, 1) == 0;
    test.seed = draws.word();
    adapt(test, draws);
    if (!test.valid() || test.multiplications() > kMostMultiplications) continue;
    check(test);
    ++done;
  }
}

}  // namespace
}  // namespace c3d::cpu
