// c3d_bench's results as a table for people and as JSON for machines.
#pragma once

#include <iosfwd>
#include <string>

#include "tools/c3d_bench/measurements.h"

namespace c3d {

void print_table(std::ostream& out, const Measurements& measurements);
std::string to_json(const Measurements& measurements, const std::string& command);

}  // namespace c3d
