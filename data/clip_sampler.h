// Which clip is sample `index` of an epoch: pure functions of (seed, epoch, index), so resume and any number
// of loader threads agree. Random numbers are Philox blocks: one per video for the order, one per sample for
// start, crop and flip. A clip of D frames at a stride s spans (D - 1) s + 1 frames of its video.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "data/dataset.h"

namespace c3d {

enum class ShortClips : std::uint8_t { loop, repeat, skip };  // videos shorter than a clip
const char* to_string(ShortClips rule);
ShortClips parse_short_clips(const std::string& text);

struct ClipRule {
  int clip_frames = 16;
  int frame_stride = 1;
  int source_width = 171, source_height = 128;  // frames are resized to this
  // Frames keep their shape instead: their shorter side becomes source_height, and each clip is cropped when
  // it is read, so that all are stored alike.
  bool keep_shape = false;
  int crop = 112;
  int judged_top = -1, judged_left = -1;  // of the crop in evaluation; -1: the centre
  double flip = 0.5;                      // probability
  ShortClips short_clips = ShortClips::loop;

  int stored_width() const { return keep_shape ? crop : source_width; }
  int stored_height() const { return keep_shape ? crop : source_height; }
};

struct ClipRequest {
  std::int32_t video = -1;
  std::int64_t first_frame = 0;
  int crop_top = 0, crop_left = 0;  // in the stored frame
  bool flip = false;
  // Where frames keep their shape: random bits of top and left, for an extent that only the open video tells;
  // absent: the centre.
  std::optional<std::array<std::uint32_t, 2>> crop_bits = std::nullopt;

  friend bool operator==(const ClipRequest&, const ClipRequest&) = default;
};

// The videos of one epoch in their order: a permutation drawn from (seed, epoch), without videos that `skip`
// leaves out.
std::vector<std::int32_t> epoch_order(const Dataset& dataset, const ClipRule& rule, std::uint64_t seed,
                                      int epoch);
// 0 .. count - 1 from 32 random bits; favours no value by more than count / 2^32.
std::int64_t below(std::int64_t count, std::uint32_t bits);
// Training: random start (the last one included), random crop (the last offset included), random flip.
// `index` counts samples of the epoch: order[index], and from order's end on order[0] again with other random
// numbers.
ClipRequest sample_clip(const Dataset& dataset, const ClipRule& rule, const std::vector<std::int32_t>& order,
                        std::uint64_t seed, int epoch, std::int64_t index);
// Evaluation: even_starts(), the judged crop, no flip. None where `skip` leaves the video out.
std::vector<ClipRequest> evaluation_clips(const Dataset& dataset, const ClipRule& rule, std::int32_t video,
                                          int clips);
// Starts of a sliding window over a video of `frames`: every `step` frames, whole windows only; at least one.
std::vector<std::int64_t> window_starts(std::int64_t frames, int clip_frames, int frame_stride, int step);
// Up to `clips` starts spread evenly over the video, first and last clip included; one clip: the middle. A
// video with fewer different starts than that gives each once.
std::vector<std::int64_t> even_starts(std::int64_t frames, int clip_frames, int frame_stride, int clips);
// The frame that stands at position i of a clip, by the rule for short videos.
std::int64_t clip_frame(std::int64_t first_frame, int i, int frame_stride, std::int64_t frames,
                        ShortClips rule);

}  // namespace c3d
