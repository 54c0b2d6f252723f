#include "tests/support/closeness.h"

#include <limits>
#include <vector>

#include "catch.h"

namespace c3d {
namespace {

constexpr float kNotANumber = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

TEST_CASE("equal numbers are close under every row") {
  const std::vector<float> values{1, -2, 0, kNotANumber, kInfinity};
  for (const Tolerance& row : {kExact, kStrictF32, kTf32, kBf16}) CHECK(compare(values, values, row).close);
}

TEST_CASE("one element that is off is named") {
  const std::vector<float> wanted(100, 1.0f);
  std::vector<float> got = wanted;
  got[42] = 1.5f;
  const Closeness result = compare(got, wanted, kBf16);
  CHECK_FALSE(result.close);
  CHECK(result.explanation.find("1 of 100 elements differ, first [42]: 1.5 instead of 1") !=
        std::string::npos);
}

TEST_CASE("many elements that are slightly off together are not close") {
  const std::vector<float> wanted(100, 1.0f), got(100, 1.0f + 4e-5f);
  const Closeness result = compare(got, wanted, kStrictF32);
  CHECK_FALSE(result.close);
  CHECK(result.relative_error == Approx(4e-5).epsilon(0.01));
  CHECK(compare(got, wanted, kTf32).close);
}

TEST_CASE("small elements are measured against the size of all") {
  const std::vector<float> wanted{1, 1, 1, 1e-7f}, got{1, 1, 1, 2e-7f};
  CHECK(compare(got, wanted, kStrictF32).close);
}

TEST_CASE("numbers that are not finite must be the same") {
  const std::vector<float> wanted{1, kNotANumber, kInfinity};
  CHECK_FALSE(compare(std::vector<float>{1, 0, kInfinity}, wanted, kBf16).close);
  CHECK_FALSE(compare(std::vector<float>{1, kNotANumber, -kInfinity}, wanted, kBf16).close);
  CHECK_FALSE(compare(std::vector<float>{kNotANumber, kNotANumber, kInfinity}, wanted, kBf16).close);
}

TEST_CASE("what should be zero is compared exactly") {
  const std::vector<float> wanted{0, 0};
  CHECK(compare(wanted, wanted, kExact).close);
  CHECK_FALSE(compare(std::vector<float>{0, 1e-30f}, wanted, kBf16).close);
}

TEST_CASE("arrays of other lengths are not close") {
  CHECK_FALSE(compare(std::vector<float>{1}, std::vector<float>{1, 1}, kBf16).close);
}

TEST_CASE("a share of the elements may be far off where a tolerance says so, and no more") {
  constexpr Tolerance kOneOfFour{"one of four", 0, 0.1, 1, 0.25};
  const std::vector<float> wanted{1, -1, 1, -1};
  CHECK(compare(std::vector<float>{1, -1, 1, 0}, wanted, kOneOfFour).close);
  CHECK_FALSE(compare(std::vector<float>{1, -1, 0, 0}, wanted, kOneOfFour).close);
}

}  // namespace
}  // namespace c3d
