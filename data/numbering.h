// Which frames of a file there are, and how they count.
#pragma once

#include <cstdint>

#include "engine/core/frame_rate.h"

namespace c3d {

struct Numbering {
  enum class Rule : std::uint8_t {
    decode,      // those that the decoder gives, whatever their time stamps
    ffmpeg_cfr,  // those that `ffmpeg -i VIDEO %06d.jpg` writes, see cfr_numbering.h
    fps          // `rate` of them a second by their time stamps, see fps_filter.h
  };
  Rule rule = Rule::decode;
  FrameRate rate = {};  // of fps

  bool goes_by_time() const { return rule != Rule::decode; }
  friend bool operator==(const Numbering&, const Numbering&) = default;

  static const Numbering kDecode, kFfmpegCfr;
  // kDecode where no rate is given.
  static Numbering at(const FrameRate& rate);
};

inline constexpr Numbering Numbering::kDecode{Numbering::Rule::decode, {}};
inline constexpr Numbering Numbering::kFfmpegCfr{Numbering::Rule::ffmpeg_cfr, {}};

inline Numbering Numbering::at(const FrameRate& rate) {
  return rate.is_given() ? Numbering{Rule::fps, rate} : kDecode;
}

}  // namespace c3d
