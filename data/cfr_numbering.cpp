#include "data/cfr_numbering.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/core/error.h"

namespace c3d {
namespace {

constexpr double kTolerance = 1.1;    // ticks that a frame may be early or late
constexpr double kLateStart = 0.5;    // ticks after which a first frame starts the count
constexpr double kMostStep = 100000;  // an hour: a larger step is a broken time stamp

}  // namespace

CfrNumbering::Copies CfrNumbering::next(double position, double duration) {
  double late = position - static_cast<double>(ticks_);
  double end = late + duration;
  if (late < 0 && end > 0) late = 0;  // it begins in the past: cut to what is left of it
  if (alone_ && given_ == 0 && late >= kLateStart) {
    ticks_ = std::llrint(position);
    late = 0;
    end = duration;
  }
  expect(end < kMostStep,
         "its time stamps jump by {:.0f} frames, which ffmpeg-cfr would fill with copies: number by decode",
         end);
  if (end < -kTolerance) return note({0, 0});
  Copies copies{0, 1};
  if (end > kTolerance) {
    const std::int64_t all = std::llrint(static_cast<float>(end));
    if (late > kTolerance) {
      copies.of_last = std::min<std::int64_t>(all, std::llrint(static_cast<float>(late - 0.6)));
    }
    copies.of_this = all - copies.of_last;
  }
  return note(copies);
}

CfrNumbering::Copies CfrNumbering::note(Copies copies) {
  doubled_ = {doubled_[1], doubled_[2], copies.of_last};
  if (!std::exchange(any_before_, true)) copies = {0, copies.of_last + copies.of_this};
  given_ += copies.of_last + copies.of_this;
  ticks_ += copies.of_last + copies.of_this;
  return copies;
}

std::int64_t CfrNumbering::copies_at_end() const {
  std::array<std::int64_t, 3> sorted = doubled_;
  std::ranges::sort(sorted);
  return sorted[1];
}

}  // namespace c3d
