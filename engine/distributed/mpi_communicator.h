// Ranks that MPI started: mpirun, srun. A stand-in says what is missing where the build finds no MPI.
//
// Every call of MPI is one that returns at once, under one lock, so that the thread that trains waits by asking again and
// a second thread, the watch, goes on meanwhile: it carries messages, says that this rank is alive, hears who is not, and
// ends the process where the thread that trains does not (mpi/rank_watch.h).
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "engine/distributed/communicator.h"

namespace c3d {

struct RankOptions {
  // A rank that makes no step, or is not heard of, for so long ends the job.
  std::chrono::milliseconds timeout = std::chrono::minutes(5);
  // A sentence for people why the job ends, on stderr. Called by any thread, once.
  std::function<void(const std::string& sentence)> say;
};

bool mpi_is_built();
// Initialises MPI, once in a process, and finalises it in finish(). Error: this build has no MPI, MPI lets one thread call
// alone, or it finds one process where `expected_size` (0: not known) were started.
std::unique_ptr<Communicator> make_mpi_communicator(const RankOptions& options, int expected_size);

}  // namespace c3d
