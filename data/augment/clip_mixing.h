// Mixup and cutmix within a batch of finished clips: another clip's bytes come in, and what share of the clip
// is still its own says how much its own label counts.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/augment/augmentation.h"
#include "data/augment/clip_augmenter.h"
#include "data/augment/loops/augment_loops.h"

namespace c3d {

// The other clip's box: of cutmix's area, through all frames, wholly within them.
ClipBox cutmix_box(const MixDraw& draw, int frames, int crop);
// The clip's own share of its pixels, as the bytes have it: in 256ths for mixup, less the box for cutmix.
double own_share(const MixDraw& draw, int crop);

// Clips of `frames` frames of crop x crop, [rows,D,crop,crop,3], where each row takes what its draw says from
// row (i + distance) % rows as that was before. One thread.
void mix_clips(std::span<std::uint8_t> clips, int frames, int crop, std::span<const MixDraw> draws,
               std::int64_t distance, const AugmentLoops& loops = fastest_augment_loops());

}  // namespace c3d
