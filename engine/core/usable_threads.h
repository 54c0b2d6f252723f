// How many threads this process should start where nobody says a number.
#pragma once

namespace c3d {

inline constexpr int kMostThreads = 1024;  // that can be asked for

// The processors that this process may run on, and no more than its control groups let it use at a time, rounded up. From 1 to
// kMostThreads.
int usable_processors();
// OMP_NUM_THREADS where it is set, else one for each of these. From 1 to kMostThreads.
int usable_threads();

}  // namespace c3d
