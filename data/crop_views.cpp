#include "data/crop_views.h"

#include <algorithm>

#include "data/crop.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

constexpr int kThree = 3, kTen = 10, kFive = kTen / 2;

// Half of it, as Python's round() has it: a half goes to the even neighbour.
int half_to_even(int rest) { return rest / 2 + (rest % 4 == 3 ? 1 : 0); }

std::vector<CropView> three_views(int height, int width) {
  const int side = std::min(height, width);
  const int down = (height - side) / 2, right = (width - side) / 2;  // one of them is 0
  return {{0, 0, side}, {2 * down, 2 * right, side}, {down, right, side}};
}

std::vector<CropView> ten_views(int height, int width, int side) {
  const int bottom = height - side, right = width - side;
  std::vector<CropView> views = {{0, 0, side},
                                 {0, right, side},
                                 {bottom, 0, side},
                                 {bottom, right, side},
                                 {half_to_even(bottom), half_to_even(right), side}};
  for (int i = 0; i < kFive; ++i) {
    // torchvision mirrors the frame and takes the same places of it.
    CropView view = views[static_cast<std::size_t>(i)];
    view.left = right - view.left;
    view.mirrored = true;
    views.push_back(view);
  }
  return views;
}

}  // namespace

std::vector<CropView> crop_views(const ClipSpec& spec, int height, int width) {
  expect(spec.crops == 1 || spec.crops == kThree || spec.crops == kTen,
         "{} crops of a frame: there are 1, 3 or 10", spec.crops);
  if (spec.crops == kThree) return three_views(height, width);
  expect(height >= spec.crop && width >= spec.crop, "frames of {}x{} hold no crop of {} pixels", width,
         height, spec.crop);
  if (spec.crops == kTen) return ten_views(height, width, spec.crop);
  const bool moves = spec.keeps_shape();  // with the frame's shape, so that it is at the centre
  return {{spec.crop_top >= 0 && !moves ? spec.crop_top : (height - spec.crop) / 2,
           spec.crop_left >= 0 && !moves ? spec.crop_left : (width - spec.crop) / 2, spec.crop}};
}

bool is_mirrored(const ClipSpec& spec, int view) { return spec.crops == kTen && view >= kFive; }

void ViewCutter::cut(const CropView& view, int height, int width, int crop,
                     std::span<const std::uint8_t> frame, std::span<std::uint8_t> square) {
  if (view.side == crop) {
    copy_crop({.width = width, .height = height, .top = view.top, .left = view.left, .side = crop}, frame,
              square);
    return;
  }
  if (!resizer_ || side_ != view.side || crop_ != crop) {
    resizer_.emplace(view.side, view.side, crop, crop);
    side_ = view.side;
    crop_ = crop;
  }
  const std::ptrdiff_t row = std::ptrdiff_t{width} * 3;
  resizer_->run(frame.data() + view.top * row + std::ptrdiff_t{view.left} * 3, row, square.data());
}

}  // namespace c3d
