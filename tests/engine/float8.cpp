#include "engine/core/float8.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>

#include "catch.h"

namespace c3d {
namespace {

// tests/golden/float8_e4m3.txt, by tools/scripts/make_float8_golden.py.
struct Golden {
  std::array<std::uint32_t, 256> first{};  // bfloat16 of the code's sign that gives it
  std::array<std::string, 256> value;      // "nan", or the bits of a float
};

const Golden& golden() {
  static const Golden all = [] {
    Golden read;
    std::ifstream file(C3D_SOURCE_DIR "/tests/golden/float8_e4m3.txt");
    std::string line;
    int lines = 0;
    while (std::getline(file, line)) {
      if (line.starts_with("#")) continue;
      std::istringstream words(line);
      std::string code, first, value;
      words >> code >> first >> value;
      const auto at = std::stoul(code, nullptr, 16);
      read.first.at(at) = static_cast<std::uint32_t>(std::stoul(first, nullptr, 16));
      read.value.at(at) = value;
      ++lines;
    }
    REQUIRE(lines == 256);
    return read;
  }();
  return all;
}

float bfloat16(std::uint32_t bits) { return to_float(BFloat16{static_cast<std::uint16_t>(bits)}); }

TEST_CASE("e4m3 of every bfloat16 is PyTorch's") {
  std::uint32_t wanted = 0;
  for (std::uint32_t bits = 0; bits < 65536; ++bits) {
    if (bits == 0x8000) wanted = 0x80;
    while ((wanted & 0x7fu) < 0x7f && golden().first.at(wanted + 1) <= bits) ++wanted;
    INFO(fmt::format("bfloat16 {:04x}", bits));
    REQUIRE(to_e4m3(bfloat16(bits)).bits == wanted);
  }
}

TEST_CASE("the values of e4m3 are PyTorch's, and each is its own rounding") {
  for (std::uint32_t code = 0; code < 256; ++code) {
    const Float8E4M3 e4m3{static_cast<std::uint8_t>(code)};
    const float value = to_float(e4m3);
    INFO(fmt::format("code {:02x}", code));
    if (golden().value.at(code) == "nan") {
      CHECK(std::isnan(value));
    } else {
      CHECK(fmt::format("{:08x}", std::bit_cast<std::uint32_t>(value)) == golden().value.at(code));
    }
    CHECK(to_e4m3(value) == e4m3);
  }
}

TEST_CASE("floats between two e4m3 go to the nearer one, ties to the even one") {
  for (std::uint32_t code = 0; code < 0x7e; ++code) {
    const float below = to_float(Float8E4M3{static_cast<std::uint8_t>(code)}),
                above = to_float(Float8E4M3{static_cast<std::uint8_t>(code + 1)}),
                middle = (below + above) / 2;
    INFO(fmt::format("code {:02x}", code));
    CHECK(to_e4m3(middle).bits == code + (code & 1u));
    CHECK(to_e4m3(std::nextafter(middle, 0.0f)).bits == code);
    CHECK(to_e4m3(std::nextafter(middle, above)).bits == code + 1);
    CHECK(to_e4m3(-middle).bits == (0x80 | (code + (code & 1u))));
  }
}

TEST_CASE(
    "numbers too large for e4m3, infinities among them, become the largest of their sign, and NaN stays "
    "NaN") {
  for (const float value : {449.0f, 480.0f, 1e30f, std::numeric_limits<float>::infinity()}) {
    CHECK(to_float(to_e4m3(value)) == kLargestE4M3);
    CHECK(to_float(to_e4m3(-value)) == -kLargestE4M3);
  }
  CHECK(std::isnan(to_float(to_e4m3(std::numeric_limits<float>::quiet_NaN()))));
}

}  // namespace
}  // namespace c3d
