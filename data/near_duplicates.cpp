#include "data/near_duplicates.h"

#include <array>
#include <bit>

#include "engine/core/disjoint_sets.h"
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
  const VideoSignature* signature = nullptr;
  std::size_t place = 0;  // in what is searched
  Bits bits{};
};

bool may_be_copies(const Telling& a, const Telling& b) { return different(a.bits, b.bits) <= kMostDifferent; }

class TellingVideos {
 public:
  void add(const VideoSignature& signature, std::size_t place) {
    if (signature.is_telling()) all_.push_back({&signature, place, bits_of(signature, directions_)});
  }
  const std::vector<Telling>& all() const { return all_; }

 private:
  const std::vector<Direction> directions_ = random_directions();
  std::vector<Telling> all_;
};

}  // namespace

std::vector<NearDuplicate> near_duplicates(std::span<const SidedVideo> videos) {
  TellingVideos telling;
  for (std::size_t i = 0; i < videos.size(); ++i) telling.add(videos[i].signature, i);
  const std::vector<Telling>& all = telling.all();
  std::vector<NearDuplicate> found;
  for (std::size_t later = 1; later < all.size(); ++later) {
    NearDuplicate best{0, all[later].place, 0};
    // None is more alike than 1.
    for (std::size_t earlier = 0; earlier < later && best.likeness < 1; ++earlier) {
      if (videos[all[earlier].place].side == videos[all[later].place].side ||
          !may_be_copies(all[earlier], all[later])) {
        continue;
      }
      const double likeness = duplicate_likeness(*all[earlier].signature, *all[later].signature);
      if (likeness <= best.likeness) continue;
      best.earlier = all[earlier].place;
      best.likeness = likeness;
    }
    if (best.likeness > 0) found.push_back(best);
  }
  return found;
}

std::vector<NearDuplicate> duplicate_links(std::span<const VideoSignature* const> videos) {
  TellingVideos telling;
  for (std::size_t i = 0; i < videos.size(); ++i) telling.add(*videos[i], i);
  const std::vector<Telling>& all = telling.all();
  std::vector<NearDuplicate> links;
  // Of many copies all but the first are in its group by the time the next one comes, and are passed over.
  DisjointSets groups(all.size());
  for (std::size_t later = 1; later < all.size(); ++later) {
    for (std::size_t earlier = 0; earlier < later; ++earlier) {
      if (!may_be_copies(all[earlier], all[later]) || groups.root(earlier) == groups.root(later)) continue;
      const double likeness = duplicate_likeness(*all[earlier].signature, *all[later].signature);
      if (likeness == 0) continue;
      groups.join(earlier, later);
      links.push_back({all[earlier].place, all[later].place, likeness});
    }
  }
  return links;
}

}  // namespace c3d
