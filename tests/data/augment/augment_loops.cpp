// The loops of every instruction set that this processor runs: all give the same bytes, and the portable ones
// those of plain formulas.
#include "data/augment/loops/augment_loops.h"

#include <cmath>

#include "catch.h"
#include "tests/data/augment/noise_bytes.h"

namespace c3d {
namespace {

constexpr std::size_t kPixels = 37;  // two blocks of sixteen, and a rest
constexpr std::size_t kPlane = kPixels * kLanes;

std::vector<PixelTap> some_taps() {
  std::vector<PixelTap> taps;
  for (std::int32_t i = 0; i < 20; ++i) {
    const auto right = static_cast<std::uint16_t>(i * 5), below = static_cast<std::uint16_t>(i * 6);
    const auto across = static_cast<std::uint16_t>(i);
    taps.push_back({i * static_cast<std::int32_t>(kLanes),
                    {static_cast<std::uint16_t>(256 - right - below - across), right, below, across}});
  }
  return taps;
}

// Every loop's output over the same inputs.
std::vector<std::uint8_t> loop_outputs(const AugmentLoops& loops, std::size_t pixels) {
  std::vector<std::uint8_t> all;
  const auto keep = [&](const std::vector<std::uint8_t>& values) {
    all.insert(all.end(), values.begin(), values.end());
  };
  const auto pictures = noise_bytes(kLanes * 3 * pixels, 1);
  std::array<const std::uint8_t*, kLanes> from;
  std::vector<std::uint8_t> back(pictures.size());
  std::array<std::uint8_t*, kLanes> to;
  for (std::size_t i = 0; i < kLanes; ++i) {
    from[i] = pictures.data() + i * 3 * pixels;
    to[i] = back.data() + i * 3 * pixels;
  }
  std::vector<std::uint8_t> row(3 * kPlane);
  loops.gather_frames(from.data(), pixels, row.data(), kPlane);
  keep(row);
  loops.scatter_frames(row.data(), kPlane, pixels, to.data(), 13);
  keep(back);

  const auto source = noise_bytes(2 * 3 * kPlane + kLanes, 2);
  const std::vector<PixelTap> taps = some_taps();
  loops.warp(source.data(), kPlane, 3 * kPlane, taps.data(), taps.size(), row.data(), kPlane);
  keep(row);
  std::vector<std::uint8_t> blurred(kPlane - 5);
  loops.weigh_five(
      {source.data(), source.data() + 700, source.data() + 33, source.data() + 99, source.data() + 1},
      {100, 50, 28}, blurred.data(), blurred.size());
  keep(blurred);
  auto colours = noise_bytes(3 * kPlane, 3);
  const ColourMatrix matrix{{{{5000, -900, 77}, {-4000, 8192, 3000}, {30000, -30000, 4096}}}, -900};
  loops.recolour(colours.data(), colours.data() + kPlane, colours.data() + 2 * kPlane, matrix, kPlane - 3);
  keep(colours);
  const auto noise_values = noise_bytes(3 * kPlane, 4);
  std::vector<std::int8_t> noise;
  for (const std::uint8_t value : noise_values)
    noise.push_back(static_cast<std::int8_t>(std::max(value - 128, -127)));
  loops.add_noise(colours.data(), noise.data(), 256, colours.size() - 1);
  keep(colours);
  loops.blend(colours.data(), source.data(), 77, colours.size() - 2);
  keep(colours);
  return all;
}

}  // namespace

TEST_CASE("augmentation's loops of every instruction set give the same bytes") {
  for (const std::size_t pixels : {kPixels, std::size_t{16}, std::size_t{32}, std::size_t{5}}) {
    const std::vector<std::uint8_t> wanted = loop_outputs(portable_augment_loops(), pixels);
    for (const AugmentLoops* loops : usable_augment_loops()) CHECK(loop_outputs(*loops, pixels) == wanted);
  }
}

TEST_CASE("frames gathered into a row stand beside each other, and scattered ones are as they were") {
  for (const std::size_t pixels : {kPixels, std::size_t{16}, std::size_t{17}, std::size_t{3}}) {
    const auto pictures = noise_bytes(kLanes * 3 * pixels, 9);
    std::vector<std::uint8_t> back(pictures.size()), row(3 * kPlane);
    std::array<const std::uint8_t*, kLanes> from;
    std::array<std::uint8_t*, kLanes> to;
    for (std::size_t i = 0; i < kLanes; ++i) {
      from[i] = pictures.data() + i * 3 * pixels;
      to[i] = back.data() + i * 3 * pixels;
    }
    const AugmentLoops& loops = fastest_augment_loops();
    loops.gather_frames(from.data(), pixels, row.data(), kPlane);
    for (std::size_t i = 0; i < 3 * pixels; ++i) {
      for (std::size_t frame = 0; frame < kLanes; ++frame)
        REQUIRE(row[i % 3 * kPlane + i / 3 * kLanes + frame] == from[frame][i]);
    }
    loops.scatter_frames(row.data(), kPlane, pixels, to.data(), kLanes);
    REQUIRE(back == pictures);
  }
}

TEST_CASE("colours come within a level of the matrix in real numbers, and the unit matrix changes none") {
  const auto before = noise_bytes(3 * kPlane, 5);
  auto after = before;
  const AugmentLoops& loops = fastest_augment_loops();
  const auto run = [&](const ColourMatrix& matrix) {
    loops.recolour(after.data(), after.data() + kPlane, after.data() + 2 * kPlane, matrix, kPlane);
  };
  constexpr auto kOne = static_cast<std::int16_t>(ColourMatrix::kOne);
  run({{{{kOne, 0, 0}, {0, kOne, 0}, {0, 0, kOne}}}, 0});
  REQUIRE(after == before);
  const ColourMatrix matrix{{{{5000, -900, 77}, {-1000, 4096, 900}, {1200, -3000, 6001}}}, 100};
  run(matrix);
  for (std::size_t i = 0; i < kPlane; ++i) {
    for (std::size_t colour = 0; colour < 3; ++colour) {
      double wanted = 100.0 / ColourMatrix::kLevel;
      for (std::size_t in = 0; in < 3; ++in)
        wanted += matrix.factor[colour][in] / 4096.0 * before[in * kPlane + i];
      REQUIRE(std::abs(after[colour * kPlane + i] - std::clamp(wanted, 0.0, 255.0)) < 0.8);
    }
  }
}

}  // namespace c3d
