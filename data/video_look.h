// What a person would note of a video before training on it: its size and rate, how long it is, how bright,
// and whether anything moves in it. From the one pass that decodes it (data/video_index.h), which remembers
// it as a line of text.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/spread_sample.h"

namespace c3d {

struct VideoLook {
  // As the file says it; 0: it does not, or the source is a folder of pictures.
  int width = 0, height = 0;   // as shown, after it was turned
  double rate = 0;             // frames/s
  double seconds = 0;          // from its first frame to the end of its last, by time stamps
  std::int64_t announced = 0;  // frames, by its header
  int turned = 0;              // degrees that it is to be turned to the right: 0, 90, 180 or 270
  bool interlaced = false;
  double uneven = 0;  // share of the times between frames that differ from the median by more than a fifth
  std::string codec;  // one word
  // Of its pictures, in levels of grey from 0 to 255.
  double brightness = 0;  // mean
  double contrast = 0;    // mean over frames of the standard deviation over a frame's cells
  // From the darkest to the brightest that a cell comes to be, of the one most changed. Noise of an encoder
  // or a camera is left out: what lasts one frame, and, up to a few levels, what the middle one of all cells
  // has.
  double change = 0;
  double dark = 0;  // share of frames of which no cell is brighter than black
  bool operator==(const VideoLook&) const = default;
};

std::string look_text(const VideoLook& look);
// nullopt: it is no look's text, or a value is out of its range.
std::optional<VideoLook> parse_look(std::string_view text);

// The last group of values: of frames that come in turn, at which it looks as a SignatureMaker does.
class LookMaker {
 public:
  bool wants_next() const { return frames_.wants_next(); }
  void add(std::span<const std::uint8_t> frame, int width, int height);  // one that it wants, [H,W,3] RGB
  void skip() { frames_.skip(); }
  void finish(VideoLook& look) const;

 private:
  static constexpr int kColumns = 16, kRows = 12;
  using Cells = std::array<float, std::size_t{kColumns} * kRows>;
  struct Frame {
    float mean = 0, deviation = 0;
    bool dark = false;
    Cells cells{};
  };
  static double change_of(const std::vector<Frame>& frames);

  SpreadSample<Frame> frames_;
};

// Rate and length from the time stamps of frames in turn.
class TimeMeter {
 public:
  void add(double seconds);  // from the start; negative: not known
  void finish(VideoLook& look) const;

 private:
  bool known_ = true;
  double last_ = -1;
  std::vector<float> steps_;  // the first some thousand of them
};

}  // namespace c3d
