// Where and from what a number comes: written beside every measurement.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace c3d {

std::string processor_name();  // "AMD EPYC", "ARM 0x41 0xd40": the implementer's number and the part's
std::string machine_name();    // "AMD EPYC, 2 cores, 23 GiB"
// Of those our kernels and others' choose by, what this process may use: "avx2", "avx512", "avx512_bf16",
// "amx_bf16", "neon".
std::vector<std::string> instruction_sets();
std::string commit();             // of the sources this was built from, "-dirty" if they had changed
std::size_t peak_memory_bytes();  // the most this process has held

}  // namespace c3d
