// A number of frames a second as a fraction, so that 30000/1001 stays what it is.
#pragma once

#include <string>

namespace c3d {

struct FrameRate {
  int num = 0, den = 1;  // num / den frames a second; num 0: none is given, each frame of a file counts

  bool is_given() const { return num > 0; }
  double value() const { return static_cast<double>(num) / den; }
  friend bool operator==(const FrameRate&, const FrameRate&) = default;
};

inline constexpr double kLeastFrameRate = 0.001, kLargestFrameRate = 1000;
// The word for no rate.
inline constexpr const char* kFileFrames = "file";

// "25", "29.97", "30000/1001", or "file". Error: anything else, or a rate out of the range above.
FrameRate parse_frame_rate(const std::string& text);
std::string to_string(const FrameRate& rate);  // as parse_frame_rate() takes it, in lowest terms

}  // namespace c3d
