#include "model/e4m3_rounding.h"

#include <cmath>
#include <vector>

#include "catch.h"
#include "tests/support/array.h"

namespace c3d {
namespace {

constexpr std::int64_t kTaps = 27, kChannels = 20;

TEST_CASE("a filter in e4m3 keeps the sum over its taps, and each weight goes to one of its neighbours") {
  Floats weights = random_array({kTaps, kChannels}, 1);
  for (float& weight : weights.values) weight *= 400 * weight * weight;
  weights.values[3] = 0;
  weights.values[4] = 1e-4f;
  weights.values[5] = -448;
  std::vector<Float8E4M3> codes(weights.values.size());
  round_slice(weights.values, kChannels, codes);
  double before = 0, after = 0;
  int moved = 0;
  for (std::size_t c = 0; c < kChannels; ++c) {
    double nearest = 0, kept = 0;
    for (std::size_t i = c; i < codes.size(); i += kChannels) {
      const float weight = weights.values[i], plain = to_float(to_e4m3(weight)), chosen = to_float(codes[i]);
      nearest += double{plain} - double{weight};
      kept += double{chosen} - double{weight};
      if (chosen == plain) continue;
      ++moved;
      CHECK((chosen < weight) != (plain < weight));  // on its other side
      // With nothing between them.
      CHECK(std::abs(int{codes[i].bits} - int{to_e4m3(weight).bits}) == 1);
    }
    CHECK(std::abs(kept) <= std::abs(nearest));
    before += nearest * nearest;
    after += kept * kept;
  }
  CHECK(moved > 20);
  CHECK(after < before / 5);
}

TEST_CASE("a filter of one tap is rounded to the nearest, and what e4m3 holds stays") {
  const Floats weights = random_array({1, 50}, 2);
  std::vector<Float8E4M3> codes(50);
  round_slice(weights.values, 50, codes);
  for (std::size_t i = 0; i < codes.size(); ++i) {
    CHECK(std::abs(double{to_float(codes[i])} - double{weights.values[i]}) <=
          std::abs(double{to_float(to_e4m3(weights.values[i]))} - double{weights.values[i]}));
  }
  std::vector<float> exact;
  for (const int code : {0x00, 0x01, 0x07, 0x08, 0x38, 0x7e, 0x81, 0xfe}) {
    exact.push_back(to_float(Float8E4M3{static_cast<std::uint8_t>(code)}));
  }
  codes.resize(exact.size());
  round_slice(exact, 1, codes);
  for (std::size_t i = 0; i < exact.size(); ++i) CHECK(to_float(codes[i]) == exact[i]);
}

}  // namespace
}  // namespace c3d
