// Files of this folder as the build embeds them (tools/cmake/embed.cmake), each a constant of the program.
#pragma once

#include <string_view>

namespace c3d {

extern const std::string_view kVideoPagesStyle;  // pages.css
extern const std::string_view kVideosScript;     // videos.js
extern const std::string_view kMatrixScript;     // matrix.js, after videos.js
extern const std::string_view kChartsScript;     // charts.js, after videos.js

}  // namespace c3d
