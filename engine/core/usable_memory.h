// How much memory this process may take.
#pragma once

namespace c3d {

// Bytes: the machine's memory, its control groups' limit, its own limit (ulimit -v), whichever is least.
double usable_memory_bytes();

}  // namespace c3d
