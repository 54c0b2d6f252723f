#include "engine/distributed/mpi_communicator.h"

#include <mpi.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <thread>
#include <utility>

#include "engine/distributed/batch_share.h"
#include "engine/distributed/mpi/rank_watch.h"

namespace c3d {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kPiece = 8 << 20;                  // elements that are summed at a time
constexpr std::size_t kMostBytes = std::size_t{1} << 26;  // of one message
constexpr int kPartTag = 1, kSumTag = 2;
constexpr int kSpins = 200;  // before a rank that waits sleeps

RankPlace this_place() {
  RankPlace place;
  ::gethostname(place.host.data(), place.host.size() - 1);
  place.process = ::getpid();
  struct stat status {};
  if (::stat("/proc/self/ns/pid", &status) == 0) place.process_namespace = status.st_ino;
  return place;
}

void add(std::span<float> sum, const float* more) {
  for (float& value : sum) value += *more++;
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
    MPI_Comm notes = MPI_COMM_NULL;
    MPI_Comm_dup(MPI_COMM_WORLD, &notes);
    for (const MPI_Comm comm : {work_, notes}) MPI_Comm_set_errhandler(comm, MPI_ERRORS_RETURN);
    const RankPlace here = this_place();
    std::vector<RankPlace> places(static_cast<std::size_t>(size_));
    MPI_Allgather(&here, sizeof here, MPI_BYTE, places.data(), sizeof here, MPI_BYTE, work_);
    for (int rank = 0; rank < size_; ++rank) {
      if (places[static_cast<std::size_t>(rank)].host != here.host) continue;
      ++local_size_;
      if (rank < rank_) ++local_rank_;
    }
    watch_ = std::make_unique<RankWatch>(notes, rank_, std::move(places), options);
  }

  int rank() const override { return rank_; }
  int size() const override { return size_; }
  int local_rank() const override { return local_rank_; }
  int local_size() const override { return local_size_; }
  std::string name_of(int rank) const override { return watch_->name_of(rank); }

  void all_reduce(std::span<float> values, int contributors) override {
    const auto count = static_cast<std::int64_t>(values.size());
    for (std::int64_t first = 0; first < count; first += kPiece) {
      const std::int64_t piece = std::min(kPiece, count - first);
      reduce_piece(values.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(piece)),
                   contributors);
    }
  }

  void broadcast(std::span<std::byte> bytes) override {
    for (std::size_t first = 0; first < bytes.size(); first += kMostBytes) {
      const std::size_t count = std::min(kMostBytes, bytes.size() - first);
      std::vector<MPI_Request> request(1, MPI_REQUEST_NULL);
      start([&] {
        return MPI_Ibcast(bytes.data() + first, static_cast<int>(count), MPI_BYTE, 0, work_, request.data());
      });
      wait(request);
    }
  }

  std::vector<std::string> all_gather(std::string_view bytes) override {
    const auto ranks = static_cast<std::size_t>(size_);
    const std::uint64_t length = bytes.size();
    std::vector<std::uint64_t> lengths(ranks);
    std::vector<MPI_Request> request(1, MPI_REQUEST_NULL);
    start([&] {
      return MPI_Iallgather(&length, 1, MPI_UINT64_T, lengths.data(), 1, MPI_UINT64_T, work_, request.data());
    });
    wait(request);
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
      start([&] {
        return MPI_Iallgatherv(mine, counts[static_cast<std::size_t>(rank_)], MPI_BYTE, received.data(),
                               counts.data(), places.data(), MPI_BYTE, work_, request.data());
      });
      wait(request);
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
    watch_->fail(message, exit_code);
  }

  void finish() override {
    watch_->expect_steps(false);
    if (watch_->is_mute()) {
      // Whoever ends first has mpirun end the others, and the lead still saves.
      if (rank_ != 0) std::this_thread::sleep_for(60s);
      return;
    }
    all_gather("");
    watch_->close();
    MPI_Finalize();
  }

 private:
  std::span<float> slice_of(std::span<float> piece, int rank) const {
    const BatchRange range = share_of(static_cast<std::int64_t>(piece.size()), size_, rank);
    return piece.subspan(static_cast<std::size_t>(range.first), static_cast<std::size_t>(range.count()));
  }

  // Each rank gets its slice from all that contribute, adds these in the order of ranks, and sends the sum to all: as many
  // bytes as any algorithm must send, and one order of additions whatever MPI would choose.
  void reduce_piece(std::span<float> piece, int contributors) {
    const std::span<float> mine = slice_of(piece, rank_);
    const bool contributes = rank_ < contributors;
    parts_.resize(mine.size() * static_cast<std::size_t>(contributors));
    const auto part_of = [&](int rank) {
      return parts_.data() + mine.size() * static_cast<std::size_t>(rank);
    };
    std::vector<MPI_Request> requests;
    requests.reserve(2 * static_cast<std::size_t>(size_));
    for (int rank = 0; rank < contributors; ++rank) {
      if (rank != rank_) receive({part_of(rank), mine.size()}, rank, kPartTag, requests);
    }
    for (int rank = 0; rank < size_ && contributes; ++rank) {
      if (rank != rank_) send(slice_of(piece, rank), rank, kPartTag, requests);
    }
    wait(requests);
    requests.clear();
    if (contributes) std::ranges::copy(mine, part_of(rank_));
    std::copy_n(part_of(0), mine.size(), mine.data());
    for (int rank = 1; rank < contributors; ++rank) add(mine, part_of(rank));
    for (int rank = 0; rank < size_; ++rank) {
      if (rank == rank_) continue;
      receive(slice_of(piece, rank), rank, kSumTag, requests);
      send(mine, rank, kSumTag, requests);
    }
    wait(requests);
  }

  void receive(std::span<float> to, int rank, int tag, std::vector<MPI_Request>& requests) {
    requests.push_back(MPI_REQUEST_NULL);
    start([&] {
      return MPI_Irecv(to.data(), static_cast<int>(to.size()), MPI_FLOAT, rank, tag, work_, &requests.back());
    });
  }

  void send(std::span<const float> values, int rank, int tag, std::vector<MPI_Request>& requests) {
    requests.push_back(MPI_REQUEST_NULL);
    start([&] {
      return MPI_Isend(values.data(), static_cast<int>(values.size()), MPI_FLOAT, rank, tag, work_,
                       &requests.back());
    });
  }

  // A call of MPI that returns at once.
  template <typename Call>
  void start(const Call& call) {
    int status = MPI_SUCCESS;
    {
      const std::lock_guard lock(watch_->mpi());
      watch_->check_over();
      status = call();
    }
    check(status);
  }

  void wait(std::vector<MPI_Request>& requests) {
    watch_->set_waiting(true);
    for (int turn = 0;; ++turn) {
      int done = 0, status = MPI_SUCCESS;
      {
        const std::lock_guard lock(watch_->mpi());
        watch_->check_over();
        status = MPI_Testall(static_cast<int>(requests.size()), requests.data(), &done, MPI_STATUSES_IGNORE);
      }
      check(status);
      if (done != 0) break;
      watch_->check_wait();
      if (turn < kSpins) {
        ::sched_yield();
      } else {
        std::this_thread::sleep_for(turn < 10 * kSpins ? 50us : 500us);
      }
    }
    watch_->set_waiting(false);
  }

  // A connection that ended says less than the watch, which sees whose it was.
  void check(int status) {
    if (status == MPI_SUCCESS) return;
    for (int turn = 0; turn < 20; ++turn) {
      std::this_thread::sleep_for(100ms);
      watch_->check_wait();
    }
    std::array<char, MPI_MAX_ERROR_STRING> text{};
    int length = 0;
    MPI_Error_string(status, text.data(), &length);
    watch_->fail(fmt::format("MPI failed: {}", text.data()), 1);
  }

  int rank_ = 0, size_ = 1, local_rank_ = 0, local_size_ = 0;
  MPI_Comm work_ = MPI_COMM_NULL;
  std::vector<float> parts_;
  std::unique_ptr<RankWatch> watch_;  // ends before what it uses
};

}  // namespace

bool mpi_is_built() { return true; }

std::unique_ptr<Communicator> make_mpi_communicator(const RankOptions& options, int expected_size) {
  return std::make_unique<MpiCommunicator>(options, expected_size);
}

}  // namespace c3d
