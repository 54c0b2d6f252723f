#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "catch.h"
#include "data/resize.h"
#include "engine/core/error.h"

using namespace c3d;  // NOLINT(google-build-using-namespace)

namespace {

std::size_t bytes(int width, int height) {
  return static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3;
}

// As tools/scripts/make_resize_golden.py makes it.
std::vector<std::uint8_t> noise(int width, int height) {
  std::vector<std::uint8_t> values(bytes(width, height));
  std::uint32_t state = 1;
  for (std::uint8_t& value : values) {
    state = state * 1664525U + 1013904223U;
    value = static_cast<std::uint8_t>(state >> 24);
  }
  return values;
}

std::uint64_t fnv1a(const std::vector<std::uint8_t>& values) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const std::uint8_t value : values) hash = (hash ^ value) * 1099511628211ULL;
  return hash;
}

}  // namespace

TEST_CASE("the resize is OpenCV's, byte for byte") {
  std::ifstream file(C3D_SOURCE_DIR "/tests/golden/resize.txt");
  int cases = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    CAPTURE(line);
    int source_width = 0, source_height = 0, width = 0, height = 0;
    std::uint64_t expected = 0;
    std::istringstream(line) >> source_width >> source_height >> width >> height >> std::hex >> expected;
    Resizer resizer(source_width, source_height, width, height);
    const auto source = noise(source_width, source_height);
    std::vector<std::uint8_t> out(bytes(width, height));
    for (int run = 0; run < 2; ++run) {  // nothing of one picture stays for the next
      std::fill(out.begin(), out.end(), std::uint8_t{0});
      resizer.run(source.data(), std::ptrdiff_t{3} * source_width, out.data());
      CHECK(fnv1a(out) == expected);
    }
    ++cases;
  }
  CHECK(cases >= 10);
}

TEST_CASE("rows may stand apart in the source") {
  const int width = 20, height = 10;
  const auto packed = noise(width, height);
  const std::ptrdiff_t stride = 100;
  std::vector<std::uint8_t> padded(static_cast<std::size_t>(stride) * height, 77);
  for (int y = 0; y < height; ++y) {
    std::copy_n(packed.begin() + std::ptrdiff_t{y} * width * 3, width * 3, padded.begin() + y * stride);
  }
  std::vector<std::uint8_t> from_packed(bytes(7, 6)), from_padded(bytes(7, 6));
  Resizer resizer(width, height, 7, 6);
  resizer.run(packed.data(), std::ptrdiff_t{3} * width, from_packed.data());
  resizer.run(padded.data(), stride, from_padded.data());
  CHECK(from_packed == from_padded);
}

TEST_CASE("a size without pixels is refused") { CHECK_THROWS_AS(Resizer(4, 4, 0, 4), Error); }
