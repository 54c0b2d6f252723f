#include "c3d/common/environment.h"

#include <cstdlib>

namespace c3d {

const char* process_environment(const char* name) { return std::getenv(name); }

}  // namespace c3d
