#include "kernels/cpu/memory/beside_team.h"

#include <omp.h>

namespace c3d::cpu {

// The runtime counts the threads that a team adds to its caller's: one more than are wanted, the caller's
// sleeps.
void run_as_team(int threads, const std::function<void(int)>& body) {
#pragma omp parallel num_threads(threads + 1)
  {
    const bool alone = omp_get_num_threads() == 1;  // OMP_THREAD_LIMIT
    const int thread = omp_get_thread_num() - (alone ? 0 : 1);
    if (thread >= 0) body(thread);
  }
}

}  // namespace c3d::cpu
