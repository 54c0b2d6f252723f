// Where and from what a number comes: written beside every measurement.
#pragma once

#include <cstddef>
#include <string>

namespace c3d {

std::string processor_name();     // "AMD EPYC"
std::string machine_name();       // "AMD EPYC, 2 cores, 23 GiB"
std::string commit();             // of the sources this was built from, "-dirty" if they had changed
std::size_t peak_memory_bytes();  // the most this process has held

}  // namespace c3d
