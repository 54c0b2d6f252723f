#include "data/cfr_numbering.h"

#include <algorithm>
#include <cmath>

#include "engine/core/error.h"

namespace c3d {
namespace {

constexpr double kTolerance = 1.1;     // ticks that a frame may be early or late
constexpr double kMostTicks = 100000;  // an hour: a larger step is a broken time stamp

}  // namespace

CfrNumbering::Copies CfrNumbering::next(double position, double duration) {
  double late = position - static_cast<double>(given_);
  double end = late + duration;
  expect(end < kMostTicks,
         "its time stamps jump by {:.0f} frames, which ffmpeg-cfr would fill with copies: number by decode",
         end);
  if (late < 0 && end > 0) {  // it begins in the past: cut to what is left of it
    late = 0;
  }
  Copies copies{0, 1};
  if (end < -kTolerance) {
    copies.of_this = 0;
  } else if (end > kTolerance) {
    const auto all = static_cast<std::int64_t>(std::lrint(end));
    if (late > kTolerance) copies.of_last = std::min<std::int64_t>(all, std::llrint(late - 0.6));
    copies.of_this = all - copies.of_last;
  }
  if (given_ == 0) {  // there is no frame before
    copies.of_this += copies.of_last;
    copies.of_last = 0;
  }
  given_ += copies.of_last + copies.of_this;
  doubled_ = {doubled_[1], doubled_[2], copies.of_last};
  return copies;
}

std::int64_t CfrNumbering::copies_at_end() const {
  std::array<std::int64_t, 3> sorted = doubled_;
  std::ranges::sort(sorted);
  return sorted[1];
}

}  // namespace c3d
