// How a test says that it cannot run here: ctest reads the line and reports the case as skipped.
//   if (videos.empty()) return skip("needs real videos: set C3D_TEST_VIDEOS to their folder");
#pragma once

#include <iostream>
#include <string_view>

namespace c3d {

inline void skip(std::string_view why) { std::cout << "SKIPPED: " << why << std::endl; }

}  // namespace c3d
