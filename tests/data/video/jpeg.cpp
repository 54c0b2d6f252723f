#include "data/jpeg.h"

#include <cstdlib>
#include <vector>

#include "catch.h"
#include "data/video_reader.h"
#include "engine/core/error.h"
#include "tests/support/scratch_folder.h"

namespace c3d {
namespace {

// Left half red, right half blue, darker downwards.
std::vector<std::uint8_t> two_colours(int width, int height) {
  std::vector<std::uint8_t> rgb;
  for (int y = 0; y < height; ++y) {
    const auto level = static_cast<std::uint8_t>(220 - 100 * y / height);
    for (int x = 0; x < width; ++x) {
      const bool left = x < width / 2;
      rgb.insert(rgb.end(), {left ? level : std::uint8_t{0}, 0, left ? std::uint8_t{0} : level});
    }
  }
  return rgb;
}

TEST_CASE("a JPEG picture holds the pixels it was made of", "[video]") {
  for (const auto& [width, height] : {std::pair{64, 48}, std::pair{65, 47}}) {
    const std::vector<std::uint8_t> rgb = two_colours(width, height);
    const std::string bytes = encode_jpeg(rgb, width, height, 2);
    CHECK(bytes.starts_with("\xFF\xD8"));
    CHECK(bytes == encode_jpeg(rgb, width, height, 2));
    const ScratchFolder folder;
    folder.write("pictures/000001.jpg", bytes);
    VideoReader reader(folder / "pictures");
    REQUIRE(reader.width() == width);
    REQUIRE(reader.height() == height);
    std::vector<std::uint8_t> read(rgb.size());
    REQUIRE(reader.next(read));
    double difference = 0;
    for (std::size_t i = 0; i < rgb.size(); ++i) difference += std::abs(int{rgb[i]} - int{read[i]});
    CHECK(difference / static_cast<double>(rgb.size()) < 6);
  }
}

TEST_CASE("a JPEG picture of worse quality is smaller", "[video]") {
  const std::vector<std::uint8_t> rgb = two_colours(96, 64);
  CHECK(encode_jpeg(rgb, 96, 64, 20).size() < encode_jpeg(rgb, 96, 64, 2).size());
}

TEST_CASE("a JPEG picture is made of as many bytes as it has pixels", "[video]") {
  const std::vector<std::uint8_t> rgb(10);
  CHECK_THROWS_AS(encode_jpeg(rgb, 2, 2), Error);
  CHECK_THROWS_AS(encode_jpeg({}, 0, 0), Error);
}

}  // namespace
}  // namespace c3d
