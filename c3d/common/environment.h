// The variables that a process was started with, as a parameter: who reads them is tested with others.
#pragma once

#include <functional>

namespace c3d {

// The value of a variable; nullptr: it is not set.
using Environment = std::function<const char*(const char* name)>;
const char* process_environment(const char* name);  // this process's

}  // namespace c3d
