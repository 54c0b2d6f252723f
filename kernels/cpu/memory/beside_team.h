// Threads for work beside the ops, which the OpenMP runtime knows of. GCC's lets a thread that waits for its
// team turn round for milliseconds before it sleeps, but only for microseconds where there are more OpenMP
// threads than processors (libgomp's manual, GOMP_SPINCOUNT). Threads that it does not know take the
// processors all the same, and then the ops' team would wait, busy, for one of its own that was put aside.
#pragma once

#include <functional>

namespace c3d::cpu {

// As Backend::run_beside().
void run_as_team(int threads, const std::function<void(int)>& body);

}  // namespace c3d::cpu
