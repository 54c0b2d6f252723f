// Heat over the pixels of a frame, and the colours it is drawn in: viridis, whose lightness rises all the
// way, so that it can be read by the colour-blind and in grey (Smith and van der Walt 2015, matplotlib).
// Needs no Cairo. Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace c3d {

// Of 0 to 1.
std::array<double, 3> heat_color(double heat);
// The more heat, the less of the frame shows through it.
inline constexpr double kMostHeatOpacity = 0.7;

// rgb [pixels,3] in place; heat [pixels]: 0, the pixel stays as it is, to 1; negative: it is dimmed.
void draw_heat_on_frame(std::span<std::uint8_t> rgb, std::span<const float> heat);

}  // namespace c3d
