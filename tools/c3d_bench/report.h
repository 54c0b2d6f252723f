// c3d_bench's results as a table for people and as JSON for machines.
#pragma once

#include <string>

#include "tools/c3d_bench/ceilings.h"

namespace c3d {

std::string table(const Measurements& measurements, const Ceilings& ceilings);
std::string to_json(const Measurements& measurements, const Ceilings& ceilings, const std::string& command);

}  // namespace c3d
