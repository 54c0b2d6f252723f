// Calls of MPI that return at once, under the watch's lock, as a second and a third thread make some too.
#pragma once

#include <mpi.h>

#include <span>
#include <vector>

#include "engine/distributed/mpi/rank_watch.h"

namespace c3d {

// One thread. Borrows the watch.
class MpiCalls {
 public:
  MpiCalls(MPI_Comm comm, RankWatch& watch) : comm_(comm), watch_(watch) {}

  MPI_Comm comm() const { return comm_; }
  // call() returns MPI's status. RankFailure: the job is over, or MPI fails.
  template <typename Call>
  void start(const Call& call) {
    int status = MPI_SUCCESS;
    {
      const std::lock_guard lock(watch_.mpi());
      watch_.check_over();
      status = call();
    }
    check(status);
  }
  // Until all of them are done. between() is called while they are not, and may throw.
  template <typename Between>
  void wait(std::span<MPI_Request> requests, const Between& between) {
    for (int turn = 0; !are_done(requests); ++turn) {
      between();
      rest(turn);
    }
  }

 private:
  bool are_done(std::span<MPI_Request> requests);
  static void rest(int turn);
  void check(int status);

  MPI_Comm comm_;
  RankWatch& watch_;
};

}  // namespace c3d
