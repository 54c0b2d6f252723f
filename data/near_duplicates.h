// Copies of one video on different sides of a split, which make validation look better than it is.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/video_signature.h"

namespace c3d {

struct SidedVideo {
  VideoSignature signature;
  std::int32_t side = 0;  // any numbers
};

// Places of two videos in what was searched, on different sides.
struct NearDuplicate {
  std::size_t earlier = 0, later = 0;
  double likeness = 0;  // motion_likeness()
};

// For each video the one before it that is most like it, where are_near_duplicates() holds for one on another
// side; in the order of the later ones. Pairs are sorted out by 128 bits, the signs of projections on random
// directions, in which copies agree mostly (M. Charikar, "Similarity estimation techniques from rounding
// algorithms", STOC 2002): a pair whose likeness is just the least is missed once in some 10000 times. A
// hundred thousand videos take seconds.
std::vector<NearDuplicate> near_duplicates(std::span<const SidedVideo> videos);

}  // namespace c3d
