// Files of this folder as the build embeds them (tools/cmake/embed.cmake), each a constant of the program.
#pragma once

#include <string_view>

namespace c3d {

extern const std::string_view kCheckStyle;   // check_page.css
extern const std::string_view kCheckScript;  // check_page.js

}  // namespace c3d
