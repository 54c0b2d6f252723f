#include "engine/distributed/mpi_communicator.h"

#include <mpi.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "engine/distributed/mpi/mpi_calls.h"
#include "engine/distributed/mpi/rank_sums.h"
#include "engine/distributed/mpi/rank_watch.h"
#include "engine/distributed/nccl_reducer.h"

namespace c3d {
namespace {

constexpr std::size_t kMostBytes = std::size_t{1} << 26;  // of one message

RankPlace this_place() {
  RankPlace place;
  ::gethostname(place.host.data(), place.host.size() - 1);
  place.process = ::getpid();
  struct stat status {};
  if (::stat("/proc/self/ns/pid", &status) == 0) place.process_namespace = status.st_ino;
  return place;
}

class MpiCommunicator final : public Communicator {
 public:
  MpiCommunicator(const RankOptions& options, int expected_size) {
    int level = 0;
    MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &level);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &size_);
    expect(level >= MPI_THREAD_SERIALIZED,
           "this MPI lets one thread alone call it (level {}), and training wants MPI_THREAD_SERIALIZED: use "
           "an MPI that was built with threads",
           level);
    expect(
        expected_size <= 1 || size_ > 1,
        "{} processes were started, and MPI sees this one alone: the mpirun or srun that started them does "
        "not belong to the MPI of this build (srun: try --mpi=pmix)",
        expected_size);
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    MPI_Comm_dup(MPI_COMM_WORLD, &work_);
    MPI_Comm notes = MPI_COMM_NULL, sums = MPI_COMM_NULL;
    MPI_Comm_dup(MPI_COMM_WORLD, &notes);
    MPI_Comm_dup(MPI_COMM_WORLD, &sums);
    for (const MPI_Comm comm : {work_, notes, sums}) MPI_Comm_set_errhandler(comm, MPI_ERRORS_RETURN);
    const RankPlace here = this_place();
    std::vector<RankPlace> places(static_cast<std::size_t>(size_));
    MPI_Allgather(&here, sizeof here, MPI_BYTE, places.data(), sizeof here, MPI_BYTE, work_);
    for (int rank = 0; rank < size_; ++rank) {
      if (places[static_cast<std::size_t>(rank)].host != here.host) continue;
      ++local_size_;
      if (rank < rank_) ++local_rank_;
    }
    watch_ = std::make_unique<RankWatch>(notes, rank_, std::move(places), options);
    calls_.emplace(work_, *watch_);
    sums_.emplace(sums, rank_, size_, *watch_);
  }

  int rank() const override { return rank_; }
  int size() const override { return size_; }
  int local_rank() const override { return local_rank_; }
  int local_size() const override { return local_size_; }
  std::string name_of(int rank) const override { return watch_->name_of(rank); }

  void start_all_reduce(std::span<float> values, int contributors) override {
    sums_->start(values, contributors);
  }
  void join_all_reduces() override { sums_->join(); }

  void broadcast(std::span<std::byte> bytes) override {
    for (std::size_t first = 0; first < bytes.size(); first += kMostBytes) {
      const std::size_t count = std::min(kMostBytes, bytes.size() - first);
      collective([&](MPI_Request* request) {
        return MPI_Ibcast(bytes.data() + first, static_cast<int>(count), MPI_BYTE, 0, work_, request);
      });
    }
  }

  std::vector<std::string> all_gather(std::string_view bytes) override {
    const auto ranks = static_cast<std::size_t>(size_);
    const std::uint64_t length = bytes.size();
    std::vector<std::uint64_t> lengths(ranks);
    collective([&](MPI_Request* request) {
      return MPI_Iallgather(&length, 1, MPI_UINT64_T, lengths.data(), 1, MPI_UINT64_T, work_, request);
    });
    std::vector<std::string> all(ranks);
    // Numbers of bytes are ints to MPI.
    const std::uint64_t most = std::max<std::uint64_t>(1, kMostBytes / ranks);
    const std::uint64_t longest = *std::ranges::max_element(lengths);
    std::string received;
    std::vector<int> counts(ranks), places(ranks);
    for (std::uint64_t first = 0; first < longest; first += most) {
      int end = 0;
      for (std::size_t rank = 0; rank < ranks; ++rank) {
        counts[rank] = static_cast<int>(std::min(most, lengths[rank] - std::min(first, lengths[rank])));
        places[rank] = std::exchange(end, end + counts[rank]);
      }
      received.resize(static_cast<std::size_t>(end));
      const char* mine = bytes.data() + std::min<std::uint64_t>(first, length);
      collective([&](MPI_Request* request) {
        return MPI_Iallgatherv(mine, counts[static_cast<std::size_t>(rank_)], MPI_BYTE, received.data(),
                               counts.data(), places.data(), MPI_BYTE, work_, request);
      });
      for (std::size_t rank = 0; rank < ranks; ++rank) {
        all[rank].append(received, static_cast<std::size_t>(places[rank]),
                         static_cast<std::size_t>(counts[rank]));
      }
    }
    return all;
  }

  void request_stop(int signal) override { watch_->request_stop(signal); }
  int stop_requested() const override { return watch_->stop_requested(); }
  void expect_steps(bool expected) override { watch_->expect_steps(expected); }
  void tick() override { watch_->tick(); }
  [[noreturn]] void fail(const std::string& message, int exit_code) override {
    try {
      watch_->fail(message, exit_code);
    } catch (const RankFailure&) {
      sums_->cancel();  // the caller frees what is summed
      throw;
    }
  }
  DeviceReducer device_all_reducer(ConstTensor example) override { return make_nccl_reducer(*this, example); }

  void finish() override {
    watch_->expect_steps(false);
    if (watch_->is_mute()) {
      if (rank_ != 0) watch_->wait_for_lead();
      return;
    }
    all_gather("");
    watch_->close();
    MPI_Finalize();
  }

 private:
  // A call of MPI that returns at once, until it is done.
  template <typename Call>
  void collective(const Call& call) {
    MPI_Request request = MPI_REQUEST_NULL;
    calls_->start([&] { return call(&request); });
    watch_->set_waiting(true);
    calls_->wait({&request, 1}, [&] { watch_->check_wait(); });
    watch_->set_waiting(false);
  }

  int rank_ = 0, size_ = 1, local_rank_ = 0, local_size_ = 0;
  MPI_Comm work_ = MPI_COMM_NULL;
  std::unique_ptr<RankWatch> watch_;
  std::optional<MpiCalls> calls_;  // of the thread that trains
  std::optional<RankSums> sums_;   // ends before what it uses
};

}  // namespace

bool mpi_is_built() { return true; }

std::unique_ptr<Communicator> make_mpi_communicator(const RankOptions& options, int expected_size) {
  return std::make_unique<MpiCommunicator>(options, expected_size);
}

}  // namespace c3d
