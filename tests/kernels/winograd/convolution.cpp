// Every kernel against float64: all pairs of values that matter, and seeded random draws.
#include <array>
#include <set>

#include "catch.h"
#include "draws.h"
#include "judged_convolution.h"
#include "kernels/cpu/winograd/kernel_sets.h"

namespace c3d::cpu {
namespace {

constexpr double kMostMultiplications = 3e7;  // of one case: hundredths of a second of the float64 loop

// Every kernel that this processor can run.
std::vector<ConvolutionCase> kernel_cases() {
  std::vector<ConvolutionCase> cases;
  for (const KernelSet* set : usable_kernel_sets()) {
    for (const bool bf16 : {false, true}) {
      if (bf16 && set->bf16 == nullptr) continue;
      for (int tile = 0; tile < kTiles; ++tile) {
        cases.push_back({.set = set, .bf16 = bf16, .tile = static_cast<Tile>(tile)});
      }
      cases.push_back({.set = set, .bf16 = bf16, .narrow = true, .tile = Tile::t1x4x4});
    }
  }
  return cases;
}

// The narrow form has few channels; what pools has ReLU; other kernels and strides are for the direct form.
void adapt(ConvolutionCase& test, Draws& draws) {
  if (test.narrow) {
    test.used = draws.between(1, 4);
    test.in_channels = draws.between(0, 1) == 0 ? test.used : 8;
  }
  if (test.window != Extent3{}) test.relu = true;
  if (test.tile == Tile::direct && draws.between(0, 1) == 0) {
    test.kernel = {draws.between(1, 3), draws.between(1, 4), draws.between(1, 3)};
    test.stride = {draws.between(1, 2), draws.between(1, 3), draws.between(1, 2)};
  }
}

void check(const ConvolutionCase& test) {
  INFO(describe(test));
  const ConvolutionData data = random_data(test);
  const Verdict verdict = judge(test, exact_outputs(test, data), convolve(test, data));
  CHECK(verdict.problem == "");
}

// The values of one case, each a level of its factor.
constexpr int kFactors = 9;
using Levels = std::array<std::int64_t, kFactors>;
constexpr std::array<Extent3, 6> kExtents{
    {{1, 1, 1}, {1, 4, 11}, {3, 7, 9}, {5, 6, 5}, {4, 9, 10}, {8, 8, 8}}};
constexpr std::array<Extent3, 5> kPads{{{1, 1, 1}, {0, 0, 0}, {2, 2, 2}, {0, 1, 2}, {1, 0, 1}}};
constexpr std::array<std::int64_t, 7> kChannels{3, 5, 16, 24, 33, 64, 130};
constexpr std::array<std::int64_t, 6> kOutChannels{3, 8, 31, 33, 64, 100};
constexpr std::array<Blocking, 4> kBlockings{{{1, false}, {13, false}, {13, true}, {400, true}}};
constexpr std::array<std::int64_t, 3> kClips{1, 2, 9};

ConvolutionCase case_of(const std::vector<ConvolutionCase>& kernels, const Levels& levels, Draws& draws) {
  const auto level = [&](int factor) {
    return static_cast<std::size_t>(levels[static_cast<std::size_t>(factor)]);
  };
  ConvolutionCase test = kernels[level(0)];
  test.mirrored = level(1) % 2 == 1;
  test.threads = level(1) < 2 ? 3 : 1;
  test.in = kExtents[level(2)];
  test.pad = kPads[level(3)];
  test.in_channels = test.used = kChannels[level(4)];
  test.out_channels = kOutChannels[level(5)];
  test.blocking = kBlockings[level(6)];
  test.clips = kClips[level(7)];
  test.window = level(8) == 0 ? Extent3{} : Extent3{level(8) < 3 ? 1 : 2, 2, 2};
  test.argmax = level(8) == 2 || level(8) == 4;
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

TEST_CASE("every pair of a kernel's circumstances agrees with float64", "[winograd]") {
  const std::vector<ConvolutionCase> kernels = kernel_cases();
  const Levels counts{static_cast<std::int64_t>(kernels.size()), 4, 6, 5, 7, 6, 4, 3, 5};
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
    for (int attempt = 0; attempt < 40; ++attempt) {
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
  std::size_t pairs = 0;
  for (int a = 0; a < kFactors; ++a) {
    for (int b = a + 1; b < kFactors; ++b) {
      for (std::int64_t i = 0; i < counts[static_cast<std::size_t>(a)]; ++i) {
        for (std::int64_t k = 0; k < counts[static_cast<std::size_t>(b)]; ++k) {
          ++pairs;
          const Pair pair{a, i, b, k};
          if (covered.count(pair) == 0) cover(pair);
        }
      }
    }
  }
  INFO(covered.size() << " of " << pairs << " pairs");
  CHECK(covered.size() * 10 > pairs * 8);  // the others exclude each other
}

TEST_CASE("random convolutions agree with float64", "[winograd]") {
  const std::vector<ConvolutionCase> kernels = kernel_cases();
  Draws draws(23);
  int done = 0;
  while (done < 200) {
    ConvolutionCase test = kernels[static_cast<std::size_t>(draws.between(0, std::ssize(kernels) - 1))];
    test.mirrored = draws.between(0, 3) == 0;
    test.threads = draws.between(0, 1) == 0 ? 1 : 3;
    test.in = {draws.between(1, 9), draws.between(1, 15), draws.between(1, 15)};
    test.pad = {draws.between(0, 2), draws.between(0, 2), draws.between(0, 2)};
    test.used = draws.between(3, test.bf16 ? 200 : 130);
    test.in_channels = test.used + (draws.between(0, 3) == 0 ? draws.between(1, 9) : 0);
    test.out_channels = draws.between(3, 130);
    test.blocking = {draws.between(1, 60), draws.between(0, 1) == 0};
    test.clips = draws.between(1, 9);
    if (draws.between(0, 1) == 0) test.window = {draws.between(1, 2), 2, 2};
    test.argmax = test.window != Extent3{} && draws.between(0, 1) == 0;
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
