// Sums of all ranks' values in host memory, beside the thread that trains: MPI carries messages only while it is called, so a thread
// of its own calls it, as long as there is something to sum.
//
// Each rank has a slice of the values: it gets this slice from all that contribute, adds these in the order of ranks, and sends the
// sum to all. Of N ranks each sends, and each receives, 2 (N - 1) / N of the values' bytes, as many as any algorithm must
// (Patarasuk and Yuan, "Bandwidth optimal all-reduce algorithms for clusters of workstations", 2009), and there is one order of
// additions whatever MPI would choose.
#pragma once

#include <mpi.h>

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "engine/distributed/mpi/mpi_calls.h"

namespace c3d {

class RankSums {
 public:
  // comm: of its own, of all ranks. Borrows the watch.
  RankSums(MPI_Comm comm, int rank, int ranks, RankWatch& watch)
      : calls_(comm, watch), watch_(watch), rank_(rank), ranks_(ranks) {}
  RankSums(const RankSums&) = delete;
  RankSums& operator=(const RankSums&) = delete;
  ~RankSums();

  // As Communicator::start_all_reduce() and join_all_reduces(). One thread, the one that trains.
  void start(std::span<float> values_in_place, int contributors);
  void join();
  // Gives up what is under way; returns when all memory is left alone. Nothing is summed any more.
  void cancel();

 private:
  struct Sum {
    std::span<float> values;
    int contributors = 0;
  };

  void run();
  void sum(const Sum& sum);
  void sum_piece(std::span<float> piece, int contributors);
  std::span<float> slice_of(std::span<float> piece, int rank) const;
  std::size_t longest_message(int rank) const;  // elements, to and from that rank
  void receive(std::span<float> to, int rank, int tag);
  void send(std::span<const float> values, int rank, int tag);
  void wait();
  bool is_cancelled();

  MpiCalls calls_;  // of the thread
  RankWatch& watch_;
  int rank_, ranks_;
  std::vector<float> parts_;  // this rank's slice of a piece, of all ranks
  std::vector<MPI_Request> requests_;

  std::mutex mutex_;  // of what follows
  std::condition_variable changed_;
  std::deque<Sum> sums_;        // the first is under way
  std::exception_ptr failure_;  // of the thread, which then does nothing more
  bool cancelled_ = false, closed_ = false;
  std::thread thread_;  // since the first sum
};

}  // namespace c3d
