#include "data/crop.h"

#include <numeric>
#include <vector>

#include "catch.h"

namespace c3d {
namespace {

TEST_CASE("a crop is the square at its place, and what lies behind it stays") {
  std::vector<std::uint8_t> frame(std::size_t{4} * 5 * 3);
  std::iota(frame.begin(), frame.end(), std::uint8_t{0});
  const SquareCrop crop{.width = 5, .height = 4, .top = 2, .left = 3, .side = 2};
  REQUIRE(crop.whole_bytes() == 60);
  REQUIRE(crop.bytes() == 12);
  std::vector<std::uint8_t> square(13, 255);
  copy_crop(crop, frame, square);
  REQUIRE(square == std::vector<std::uint8_t>{39, 40, 41, 42, 43, 44, 54, 55, 56, 57, 58, 59, 255});
}

}  // namespace
}  // namespace c3d
