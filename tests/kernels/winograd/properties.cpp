// What the kernels promise beside closeness: the same bits however the work is cut, no NaN lost, ties to the
// first.
#include <cmath>
#include <cstring>
#include <limits>

#include "catch.h"
#include "engine/core/error.h"
#include "judged_convolution.h"
#include "kernels/cpu/isa/kernel_sets.h"

namespace c3d::cpu {
namespace {

// f(case) for every kernel and each form of pooling it takes; pools write argmax and not.
template <typename F>
void for_each_kernel(const ConvolutionCase& like, const F& f) {
  for (const KernelSet* set : usable_kernel_sets()) {
    for (std::size_t i = 0; i < 2 * kAlgorithms * 5; ++i) {
      ConvolutionCase test = like;
      test.set = set;
      test.bf16 = i % 2 == 1;
      if (test.bf16 && set->bf16 == nullptr) continue;
      test.algorithm = static_cast<Algorithm>(i / 2 % kAlgorithms);
      const auto pool = static_cast<std::int64_t>(i / 2 / kAlgorithms);
      if (!test.kernels().exists()) continue;
      if (test.stem()) test.valid_channels = 3;
      if (pool > 0) test.window = {(pool + 1) / 2, 2, 2};
      test.argmax = pool == 2 || pool == 4;
      if (!test.valid()) continue;
      INFO(describe(test));
      f(test);
    }
  }
}

bool same_bits(const ConvolutionResult& a, const ConvolutionResult& b) {
  return a.y.size() == b.y.size() && std::memcmp(a.y.data(), b.y.data(), a.y.size() * sizeof(float)) == 0 &&
         a.argmax == b.argmax;
}

TEST_CASE("results are the same bits for any threads and blocks", "[winograd]") {
  const ConvolutionCase like{
      .clips = 2, .in = {3, 6, 11}, .in_channels = 21, .valid_channels = 21, .out_channels = 40};
  for_each_kernel(like, [](ConvolutionCase test) {
    const ConvolutionData data = random_data(test);
    test.blocking = {1000, Division::private_tiles};
    const ConvolutionResult wanted = convolve(test, data);
    for (const int threads : {2, 5}) {
      for (const Blocking& blocking :
           {Blocking{1, Division::private_tiles}, Blocking{7, Division::private_tiles},
            Blocking{29, Division::output_channels}, Blocking{11, Division::transform_points}}) {
        test.threads = threads;
        test.blocking = blocking;
        INFO(describe(test));
        CHECK(same_bits(convolve(test, data), wanted));
      }
    }
  });
}

TEST_CASE("a filter's gradient is the same bits for any threads", "[winograd]") {
  const ConvolutionCase like{.pass = ConvolutionPass::backward_filter,
                             .clips = 2,
                             .in = {3, 6, 11},
                             .in_channels = 21,
                             .valid_channels = 21,
                             .out_channels = 40,
                             .bias = false,
                             .relu = false};
  for_each_kernel(like, [](ConvolutionCase test) {
    const ConvolutionData data = random_data(test);
    for (const Blocking& blocking :
         {Blocking{7, Division::output_channels}, Blocking{1000, Division::output_channels},
          Blocking{1000, Division::transform_points}, Blocking{7, Division::private_tiles}}) {
      test.blocking = blocking;
      test.threads = 1;
      const ConvolutionResult wanted = convolve(test, data);
      for (const int threads : {2, 5}) {
        test.threads = threads;
        INFO(describe(test));
        CHECK(same_bits(convolve(test, data), wanted));
      }
    }
  });
}

// What is not finite in a convolution must not be finite here either, whatever a pool compares it with.
void check_kept(const ConvolutionCase& test, const ConvolutionData& data) {
  const std::vector<double> exact = exact_results(test, data);
  const ConvolutionResult result = convolve(test, data);
  std::size_t wanted = 0, lost = 0;
  for_each_window(test, [&](std::size_t i, const std::vector<std::size_t>& window) {
    bool nan = false, infinite = false;
    for (const std::size_t at : window) {
      nan = nan || std::isnan(exact[at]);
      infinite = infinite || exact[at] == std::numeric_limits<double>::infinity();
    }
    wanted += nan || infinite ? 1 : 0;
    lost += (nan && !std::isnan(result.y[i])) || (infinite && std::isfinite(result.y[i])) ? 1 : 0;
  });
  CHECK(wanted > 0);
  CHECK(lost == 0);
}

TEST_CASE("NaN and infinity reach every output that sees them", "[winograd]") {
  const ConvolutionCase like{.in = {6, 10, 9}, .in_channels = 18, .valid_channels = 18, .out_channels = 20};
  for_each_kernel(like, [](const ConvolutionCase& test) {
    ConvolutionData data = random_data(test);
    // A corner, an edge and a place inside; for each in turn another channel.
    const std::vector<float> x = data.x;
    const Extent3 places[] = {{0, 0, 0}, {2, 9, 4}, {3, 5, 6}};
    for (const Extent3& at : places) {
      for (const float value :
           {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
        data.x = x;
        const std::int64_t channel = at.w % test.valid_channels;
        data.x[static_cast<std::size_t>(((at.d * test.in.h + at.h) * test.in.w + at.w) * test.in_channels +
                                        channel)] = value;
        INFO(value << " at " << at.d << ", " << at.h << ", " << at.w);
        check_kept(test, data);
      }
    }
  });
}

TEST_CASE("of equal values the first is the largest", "[winograd]") {
  const ConvolutionCase like{.in = {4, 9, 10}, .in_channels = 5, .valid_channels = 5, .out_channels = 18};
  for_each_kernel(like, [](const ConvolutionCase& test) {
    if (!test.argmax) return;
    ConvolutionData data = random_data(test);
    for (float& value : data.filter) value = 0;  // y is the bias everywhere
    const ConvolutionResult result = convolve(test, data);
    CHECK(result.argmax == std::vector<std::uint8_t>(result.argmax.size(), 0));
    CHECK(judge(test, exact_results(test, data), result).problem == "");
  });
}

TEST_CASE("a set of kernels is chosen by name", "[winograd]") {
  const std::vector<const KernelSet*> sets = usable_kernel_sets();
  CHECK(&kernel_set("") == sets.front());
  CHECK(sets.back()->name == std::string("portable"));
  for (const KernelSet* set : sets) CHECK(&kernel_set(set->name) == set);
  try {
    kernel_set("mmx");
    FAIL("no such set");
  } catch (const Error& error) {
    INFO(error.message());
    CHECK(error.message().find("'mmx'") != std::string::npos);
    CHECK(error.message().find("portable") != std::string::npos);
    CHECK(error.message().find('\n') == std::string::npos);
  }
}

}  // namespace
}  // namespace c3d::cpu
