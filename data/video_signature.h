// What a video looks like in a kilobyte, by which copies of it are known: re-encoded ones, and those
// of another size, shape of frame, frame rate or brightness. Mirrored, cropped and cut ones are others.
//
// Of kMoments frames spread evenly over the video the means of grey in kSide x kSide cells are taken. Two
// things are kept: the mean over time (the place), and what each moment adds to it (the motion), both without
// the mean of their frame. It is the motion that tells two recordings of one place apart: before one
// background different people, or one person at another time, are elsewhere at the same moments. A video in
// which nothing moves can therefore not be judged.
//
// The motion is quantized to 15 levels of its own size. That is a perceptual hash by coarse differences of
// grey, as dHash is (N. Krawetz, 2013), with more levels and in time as well as in space.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/frame_source.h"
#include "data/spread_sample.h"

namespace c3d {

struct VideoSignature {
  static constexpr int kMoments = 16, kSide = 8, kCells = kSide * kSide;
  static constexpr int kValues = kMoments * kCells;

  std::array<std::int8_t, kCells> place{};    // levels of grey, [row][column]
  std::array<std::int8_t, kValues> motion{};  // -7 ... 7, [moment][row][column]
  // Root of the mean square of the motion, in 1/16 of a level of grey, at most 65535: by what the quantized
  // values are scaled.
  std::uint16_t strength = 0;
  bool operator==(const VideoSignature&) const = default;

  double levels() const { return strength / 16.0; }  // the strength, in levels of grey
  // There is enough motion in it to be told from others.
  bool is_telling() const;
};

// -1 ... 1: the correlation of two motions; 0 where one of them is none.
double motion_likeness(const VideoSignature& a, const VideoSignature& b);
// Whether one is a copy of the other: both are telling, their motions correlate by kLeastLikeness or more,
// and the places are the same but for contrast and what encoders do: what is left of one when the other,
// scaled, is taken off has 2 levels of grey, or 9 % of its contrast.
inline constexpr double kLeastLikeness = 0.85;
bool are_near_duplicates(const VideoSignature& a, const VideoSignature& b);
// motion_likeness() of such a pair; 0 of all others.
double duplicate_likeness(const VideoSignature& a, const VideoSignature& b);

// Hexadecimal digits, as many for every signature. nullopt: it is no signature's text.
std::string signature_text(const VideoSignature& signature);
std::optional<VideoSignature> parse_signature(std::string_view text);

// Makes a signature of frames that come in turn and whose number is not known before the last has come. It
// looks at every frame of a short video and at every 2nd, 4th, 8th ... of a longer one, between 32 and 64 in
// the end.
class SignatureMaker {
 public:
  // Whether it would look at the next frame.
  bool wants_next() const { return sample_.wants_next(); }
  void add(std::span<const std::uint8_t> frame, int width, int height);  // one that it wants, [H,W,3] RGB
  void skip() { sample_.skip(); }                                        // one that it does not
  // Of all frames so far; the maker is used up.
  VideoSignature finish() const;

 private:
  using Cells = std::array<float, VideoSignature::kCells>;
  SpreadSample<Cells> sample_;
};

// The same of frames that can be read by number: reads those alone that a maker wants.
VideoSignature signature_of(FrameSource& frames);

}  // namespace c3d
