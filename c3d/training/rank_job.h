// How the processes of a run come to be: what the environment says of who started this one, and the line that starts several.
#pragma once

#include <string>
#include <vector>

#include "c3d/common/environment.h"

namespace c3d {

struct RankJob {
  bool is_mpi = false;  // mpirun or srun started this process, maybe alone
  int size = 0;         // processes that were started together; 0: it does not say
};

// Error: torchrun started this process, which trains by MPI (its message has the equal line of mpirun), or srun did without a
// way for MPI's processes to find each other.
RankJob rank_job(const Environment& environment, const std::vector<std::string>& command);

struct Mpirun {
  std::vector<std::string> words;
  std::string allows;  // for people: what it lets happen that mpirun refuses by itself
};
// Starts `command` `ranks` times on this machine. is_root: mpirun refuses root unless told. processors: that this process may
// use. BadRequest: far more ranks than these.
Mpirun mpirun_command(int ranks, const std::vector<std::string>& command, bool is_root, int processors);

// The words of a command line without `name N` or `name=N`.
std::vector<std::string> without_option(const std::vector<std::string>& words, const std::string& name);

}  // namespace c3d
