// Which clip is sample `index` of an epoch: pure functions of (seed, epoch, index), so resume and any number
// of loader threads agree. Random numbers are Philox blocks: one per video for the order, one per sample for
// start, crop and flip.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "data/augment/augmentation.h"
#include "data/dataset.h"
#include "engine/core/clip_spec.h"

namespace c3d {

struct ClipRequest {
  std::int32_t video = -1;
  std::int64_t first_frame = 0;
  int crop_top = 0, crop_left = 0;  // in the stored frame
  bool flip = false;                // left to the device, but for an augmented clip
  // Where crops are stored: random bits of top and left, as only the open video may tell the extent; absent:
  // the evaluation crop.
  std::optional<std::array<std::uint32_t, 2>> crop_bits = std::nullopt;
  double speed = 1;                                             // factor on the frame stride
  std::optional<AugmentationDraw> augmentation = std::nullopt;  // done when the clip is read; so is its flip
  int view = 0;  // of the squares that are judged, see crop_views.h

  friend bool operator==(const ClipRequest&, const ClipRequest&) = default;
};

// The videos of one epoch in their order, drawn from (seed, epoch), without videos that `skip` leaves out: a
// permutation, or with a balance as many videos, of classes as balanced_order() draws them (class_balance.h).
std::vector<std::int32_t> epoch_order(const Dataset& dataset, const ClipSpec& spec, std::uint64_t seed,
                                      int epoch, double balance = 0);
// Error: `skip` leaves out all videos, or there are none.
void expect_clips(const Dataset& dataset, const ClipSpec& spec);
// 0 .. count - 1 from 32 random bits; favours no value by more than count / 2^32.
std::int64_t below(std::int64_t count, std::uint32_t bits);
// Training: random start (the last one included), random crop (the last offset included), random flip, and
// what the augmentation draws. A speed at which a clip would leave its video, and would not at the plain
// stride, is lowered until it fits.
// `index` counts samples of the epoch: order[index], and from order's end on order[0] again with other random
// numbers.
ClipRequest sample_clip(const Dataset& dataset, const ClipSpec& spec, const std::vector<std::int32_t>& order,
                        std::uint64_t seed, int epoch, std::int64_t index,
                        const Augmentation& augmentation = {});
// Evaluation: clip_starts(), of each clip all views in their order, mirrored where they are. None where `skip`
// leaves the video out.
std::vector<ClipRequest> evaluation_clips(const Dataset& dataset, const ClipSpec& spec, std::int32_t video);
// The first frames of the clips of a video, rising. Spread evenly, first and last clip included: one clip is
// the middle, and a video with fewer different starts than clips gives each once. With a step, a sliding
// window: whole windows only, at least one; the first at first_frame, or where a shorter video has its last.
std::vector<std::int64_t> clip_starts(const ClipSpec& spec, std::int64_t frames);
// The frame that stands at position i of a clip, the nearest one at this speed, by the rule for short videos.
std::int64_t clip_frame(const ClipSpec& spec, std::int64_t first_frame, int i, std::int64_t frames,
                        double speed = 1);

}  // namespace c3d
