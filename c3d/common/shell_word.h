// Words of commands that a user is told to run.
#pragma once

#include <string>

namespace c3d {

// For a shell: in quotes where it must be; what a terminal must not see in bash's escapes.
std::string shell_word(const std::string& text);

}  // namespace c3d
