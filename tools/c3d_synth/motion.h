// The eight classes of the synthetic set, and which of them a video shows when it is played backwards.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace c3d {

enum class Motion : std::uint8_t { down, growing, left, right, shrinking, turning_left, turning_right, up };

inline constexpr std::array kMotions = {Motion::down,          Motion::growing,   Motion::left,
                                        Motion::right,         Motion::shrinking, Motion::turning_left,
                                        Motion::turning_right, Motion::up};

const char* to_string(Motion motion);
Motion parse_motion(const std::string& name);  // Error: no such motion
Motion opposite(Motion motion);

}  // namespace c3d
