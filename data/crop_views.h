// The squares of a frame that are judged where a clip is not drawn at random, by ClipSpec::crops:
//    1  the evaluation crop
//    3  squares as long as the frame's shorter side, scaled to `crop`: the first and the last along the
//       longer side, then the middle one (mmaction2, datasets/transforms/processing.py, ThreeCrop: with a
//       step of half the rest, rounded down, at 0, two steps and one step)
//   10  of side `crop`: top left, top right, bottom left, bottom right, centre; then these five of the
//       mirrored frame (torchvision, transforms/functional.py, five_crop and ten_crop with
//       vertical_flip=False: the centre is half the rest from the edge, halves rounded to even as Python's
//       round())
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "data/resize.h"
#include "engine/core/clip_spec.h"

namespace c3d {

struct CropView {
  int top = 0, left = 0, side = 0;  // in the frame as it is, also where the view is mirrored
  bool mirrored = false;            // left and right are exchanged after the crop

  friend bool operator==(const CropView&, const CropView&) = default;
};

// In their order, of frames of this size. Error: another number of crops, squares that the frame does not
// hold.
std::vector<CropView> crop_views(const ClipSpec& spec, int height, int width);
// Whether the view of this number is mirrored, whatever the frame's size.
bool is_mirrored(const ClipSpec& spec, int view);

// Cuts squares out of frames, scaled to `crop` where they are larger, as cv2.resize does. One cutter belongs
// to one thread.
class ViewCutter {
 public:
  // frame [height,width,3] -> square [crop,crop,3]; mirroring is left to who reads it.
  void cut(const CropView& view, int height, int width, int crop, std::span<const std::uint8_t> frame,
           std::span<std::uint8_t> square);

 private:
  std::optional<Resizer> resizer_;  // from side_ to crop_
  int side_ = 0, crop_ = 0;
};

}  // namespace c3d
