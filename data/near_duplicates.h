// Copies of videos by their signatures. On different sides of a split they make validation look better than
// it is.
//
// All pairs are compared, the cheap way first: by 128 bits, the signs of projections on random directions, in
// which copies agree mostly (M. Charikar, "Similarity estimation techniques from rounding algorithms", STOC
// 2002). A pair whose likeness is just the least is missed once in some 10000 times. A hundred thousand
// videos take seconds, also where all of them are copies of one.
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

// Places of two videos in what was searched.
struct NearDuplicate {
  std::size_t earlier = 0, later = 0;
  double likeness = 0;  // motion_likeness()
};

// For each video the one before it that is most like it, where are_near_duplicates() holds for one on another
// side; in the order of the later ones.
std::vector<NearDuplicate> near_duplicates(std::span<const SidedVideo> videos);
// Pairs for which are_near_duplicates() holds, on whatever sides: so many that who joins them has each group
// of copies, and of copies of copies, as one; fewer than there are videos. In the order of the later ones.
std::vector<NearDuplicate> duplicate_links(std::span<const VideoSignature* const> videos);

}  // namespace c3d
