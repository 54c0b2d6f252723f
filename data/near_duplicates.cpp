#include "data/near_duplicates.h"

#include <array>
#include <bit>

#include "engine/core/philox.h"

namespace c3d {
namespace {

constexpr std::uint64_t kDirectionsKey = 0x636f70696573ull;  // "copies"
constexpr int kWords = 2, kBitsOfWord = 64;
// At the least likeness 23 of the 128 bits differ, with a deviation of 4.3; of unlike videos 64, with 5.7.
constexpr int kMostDifferent = 40;

using Bits = std::array<std::uint64_t, kWords>;
using Direction = std::array<std::int8_t, VideoSignature::kValues>;  // 1 or -1

std::vector<Direction> random_directions() {
  std::vector<Direction> directions(static_cast<std::size_t>(kWords * kBitsOfWord));
  for (std::size_t d = 0; d < directions.size(); ++d) {
    for (std::size_t i = 0; i < directions[d].size(); ++i) {
      const PhiloxBlock random = philox(kDirectionsKey, i / 128, d);
      directions[d][i] = (random.word[i / 32 % 4] >> (i % 32) & 1u) != 0 ? 1 : -1;
    }
  }
  return directions;
}

Bits bits_of(const VideoSignature& signature, const std::vector<Direction>& directions) {
  Bits bits{};
  for (std::size_t d = 0; d < directions.size(); ++d) {
    std::int32_t sum = 0;
    for (std::size_t i = 0; i < signature.motion.size(); ++i) sum += signature.motion[i] * directions[d][i];
    if (sum > 0) bits[d / kBitsOfWord] |= std::uint64_t{1} << (d % kBitsOfWord);
  }
  return bits;
}

int different(const Bits& a, const Bits& b) {
  int count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) count += std::popcount(a[i] ^ b[i]);
  return count;
}

// One that tells what it is.
struct Telling {
  Bits bits{};
  std::int32_t side = 0;
  std::size_t place = 0;  // in what is searched
};

}  // namespace

std::vector<NearDuplicate> near_duplicates(std::span<const SidedVideo> videos) {
  const std::vector<Direction> directions = random_directions();
  std::vector<Telling> all;
  all.reserve(videos.size());
  for (std::size_t i = 0; i < videos.size(); ++i) {
    const auto& [signature, side] = videos[i];
    if (signature.is_telling()) all.push_back({bits_of(signature, directions), side, i});
  }
  std::vector<NearDuplicate> found;
  for (std::size_t later = 1; later < all.size(); ++later) {
    const VideoSignature& signature = videos[all[later].place].signature;
    NearDuplicate best{0, all[later].place, 0};
    for (std::size_t earlier = 0; earlier < later; ++earlier) {
      if (all[earlier].side == all[later].side ||
          different(all[earlier].bits, all[later].bits) > kMostDifferent)
        continue;
      const VideoSignature& other = videos[all[earlier].place].signature;
      const double likeness = motion_likeness(other, signature);
      if (likeness <= best.likeness || !are_near_duplicates(other, signature)) continue;
      best.earlier = all[earlier].place;
      best.likeness = likeness;
    }
    if (best.likeness > 0) found.push_back(best);
  }
  return found;
}

}  // namespace c3d
