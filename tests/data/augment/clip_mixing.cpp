#include "data/augment/clip_mixing.h"

#include <cmath>

#include "catch.h"
#include "engine/core/error.h"
#include "tests/data/augment/noise_bytes.h"

namespace c3d {
namespace {

constexpr int kMixFrames = 3, kMixCrop = 10;
constexpr std::size_t kMixClip = std::size_t{kMixFrames} * kMixCrop * kMixCrop * 3;

}  // namespace

TEST_CASE("each row of a batch takes from the row at the distance as that was, whatever the circles") {
  for (const std::size_t rows : {1U, 2U, 5U, 6U, 8U}) {
    for (std::size_t step = 1; step < rows; ++step) {
      const auto before = noise_bytes(rows * kMixClip, 1);
      auto after = before;
      std::vector<MixDraw> draws;
      for (std::size_t row = 0; row < rows; ++row)
        draws.push_back({static_cast<Mix>(row % 3), 0.1 * static_cast<double>(row), 0.3, 0.9});
      mix_clips(after, kMixFrames, kMixCrop, draws, static_cast<std::int64_t>(step));
      for (std::size_t row = 0; row < rows; ++row) {
        const std::size_t other = (row + step) % rows;
        const double share = own_share(draws[row], kMixCrop);
        const ClipBox box = cutmix_box(draws[row], kMixFrames, kMixCrop);
        for (std::size_t i = 0; i < kMixClip; ++i) {
          const int own = before[row * kMixClip + i], foreign = before[other * kMixClip + i];
          const int line = static_cast<int>(i / 3) / kMixCrop % kMixCrop,
                    column = static_cast<int>(i / 3) % kMixCrop;
          double wanted = own;
          if (draws[row].kind == Mix::mixup) wanted = share * own + (1 - share) * foreign;
          if (draws[row].kind == Mix::cutmix && line >= box.top && line < box.top + box.height &&
              column >= box.left && column < box.left + box.width)
            wanted = foreign;
          REQUIRE(std::abs(after[row * kMixClip + i] - wanted) <= 0.5);
        }
      }
    }
  }
}

TEST_CASE("the share of a clip's own label is that of its own pixels") {
  REQUIRE(own_share({}, kMixCrop) == 1);
  REQUIRE(own_share({Mix::mixup, 0.25, 0, 0}, kMixCrop) == 0.25);
  REQUIRE(own_share({Mix::mixup, 1, 0, 0}, kMixCrop) == 1);
  REQUIRE(own_share({Mix::cutmix, 0.75, 0, 0}, kMixCrop) == 0.75);
  REQUIRE(std::abs(own_share({Mix::cutmix, 0.7, 0, 0}, 112) - 0.7) < 0.01);
  REQUIRE(own_share({Mix::cutmix, 1, 0, 0}, kMixCrop) == 1);
  REQUIRE(own_share({Mix::cutmix, 0, 0.5, 0.5}, kMixCrop) == 0);
}

TEST_CASE("cutmix's box reaches every edge and leaves none") {
  for (const double at : {0.0, 0.49, 0.999999}) {
    const ClipBox box = cutmix_box({Mix::cutmix, 0.51, at, 1 - at}, kMixFrames, kMixCrop);
    REQUIRE((box.frames == kMixFrames && box.height == 7 && box.width == 7));
    REQUIRE((box.top >= 0 && box.top <= 3 && box.left >= 0 && box.left <= 3));
    REQUIRE(box.top == (at == 0 ? 0 : at < 0.5 ? 1 : 3));
  }
}

TEST_CASE("a distance beyond the batch is an error") {
  std::vector<std::uint8_t> clips(2 * kMixClip);
  const std::vector<MixDraw> draws(2);
  REQUIRE_THROWS_AS(mix_clips(clips, kMixFrames, kMixCrop, draws, 2), Error);
  REQUIRE_THROWS_AS(mix_clips(clips, kMixFrames, kMixCrop, draws, -1), Error);
}

}  // namespace c3d
