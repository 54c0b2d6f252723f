// What a draw does to one clip's pixels, but for mixing: geometry, colour, blur, noise and erasing, in this
// order, row by row for sixteen frames at once. The bytes are the same for any instruction set. An augmenter
// has its own memory and belongs to one thread.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "data/augment/affine_map.h"
#include "data/augment/augmentation.h"
#include "data/augment/loops/augment_loops.h"

namespace c3d {

struct ClipBox {
  int first_frame = 0, frames = 0, top = 0, height = 0, left = 0, width = 0;
  friend bool operator==(const ClipBox&, const ClipBox&) = default;
};
// The box in a clip of so many frames of crop x crop; at least one pixel of one frame.
// Where a box begins: `at`, in [0, 1), of the room that it has.
inline int place_in(double at, int room) { return std::min(static_cast<int>(at * (room + 1)), room); }

ClipBox erased_box(const ErasedShare& share, int frames, int crop);

class ClipAugmenter {
 public:
  // Of clips of `frames` frames of crop x crop.
  ClipAugmenter(int frames, int crop, const AugmentLoops& loops = fastest_augment_loops());

  // From whole frames [D,height,width,3] to a clip [D,crop,crop,3]. What the draw leaves alone stays as it
  // is: with none of it this is the plain crop.
  void run(const AugmentationDraw& draw, const CropPlace& plain, std::span<const std::uint8_t> frames,
           int height, int width, std::span<std::uint8_t> clip);

 private:
  struct Effects;  // of one draw

  std::uint8_t* recent(int row);
  void gather(const std::uint8_t* frames, int height, int width, int first, const SourcePixels& source);
  void warp(const AffineMap& map, int row, const SourcePixels& source, std::uint8_t* out);
  void blur_along(const FiveWeights& weights, std::uint8_t* row, std::uint8_t* out) const;
  void blur_across(const FiveWeights& weights, int row, std::uint8_t* out);
  void finish(const Effects& effects, int row, int first, std::uint8_t* values, std::uint8_t* clip) const;
  void erase(const ClipBox& box, const std::int8_t* noise, int row, int first, std::uint8_t* values) const;

  const int frames_, crop_;
  const AugmentLoops& loops_;
  std::size_t plane_;                 // bytes of one colour of a row: two pixels more at either end
  std::vector<std::int8_t> noise_;    // a row's, and as much again as rows may start later
  std::vector<std::uint8_t> source_;  // rows of the frames that are worked on
  std::vector<PixelTap> taps_;
  std::vector<std::uint8_t> row_, result_, recent_;  // recent_: five rows, blurred along the row
};

}  // namespace c3d
