// Starts mpirun and waits for it.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace c3d {

// The exit code of `words`, which start so many ranks here; the first word is looked for in PATH. signal(): what came so far that
// asks to stop, 0: nothing; mpirun then gets SIGUSR1, which it passes on to its ranks, and they save and stop; a RankBoard tells
// them what came. mpirun ends with this process, however that ends. A rank that was killed makes the exit code 1. Error: it does
// not start, or a rank died and none of them could say so, as mpirun ends the others a second later.
int run_ranks(const std::vector<std::string>& words, int ranks, const std::function<int()>& signal);

}  // namespace c3d
