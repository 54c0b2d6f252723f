#include "engine/distributed/mpi/rank_sums.h"

#include <algorithm>

#include "engine/distributed/batch_share.h"

namespace c3d {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kPiece = 8 << 20;  // elements that are summed at a time
// Of one message to another host: some 64 KB, which Open MPI sends at once. A longer one it lays whole into the TCP connection after
// the other side has asked for it; what the other direction waits for stands behind it, so that two ranks which exchange long ones
// send in turn, and take twice the time. On one host, where memory is copied, a message is as long as it likes.
constexpr std::size_t kMessage = 16'000;
constexpr int kPartTag = 1, kSumTag = 2;

struct Cancelled {};

void add(std::span<float> sum, const float* more) {
  for (float& value : sum) value += *more++;
}

}  // namespace

RankSums::~RankSums() {
  cancel();
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void RankSums::start(std::span<float> values, int contributors) {
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  {
    const std::lock_guard lock(mutex_);
    sums_.push_back({values, contributors});
  }
  changed_.notify_all();
}

void RankSums::join() {
  watch_.set_waiting(true);
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, 20ms, [&] { return sums_.empty(); })) {
    lock.unlock();
    try {
      watch_.check_wait();
    } catch (...) {
      cancel();
      throw;
    }
    lock.lock();
  }
  watch_.set_waiting(false);
  if (failure_) std::rethrow_exception(failure_);
}

void RankSums::cancel() {
  std::unique_lock lock(mutex_);
  cancelled_ = true;
  changed_.wait(lock, [&] { return sums_.empty() || !thread_.joinable(); });
}

bool RankSums::is_cancelled() {
  const std::lock_guard lock(mutex_);
  return cancelled_;
}

void RankSums::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return closed_ || !sums_.empty(); });
    if (closed_) return;
    const Sum next = sums_.front();
    const bool goes_on = !cancelled_ && !failure_;
    lock.unlock();
    std::exception_ptr failure;
    try {
      if (goes_on) sum(next);
    } catch (const Cancelled&) {
      // whoever cancelled knows why
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    if (failure) failure_ = failure;
    sums_.pop_front();
    changed_.notify_all();
  }
}

void RankSums::sum(const Sum& sum) {
  const auto count = static_cast<std::int64_t>(sum.values.size());
  for (std::int64_t first = 0; first < count; first += kPiece) {
    const std::int64_t piece = std::min(kPiece, count - first);
    sum_piece(sum.values.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(piece)),
              sum.contributors);
  }
}

std::span<float> RankSums::slice_of(std::span<float> piece, int rank) const {
  const BatchRange range = share_of(static_cast<std::int64_t>(piece.size()), ranks_, rank);
  return piece.subspan(static_cast<std::size_t>(range.first), static_cast<std::size_t>(range.count()));
}

void RankSums::sum_piece(std::span<float> piece, int contributors) {
  const std::span<float> mine = slice_of(piece, rank_);
  const bool contributes = rank_ < contributors;
  parts_.resize(mine.size() * static_cast<std::size_t>(contributors));
  const auto part_of = [&](int rank) { return parts_.data() + mine.size() * static_cast<std::size_t>(rank); };
  requests_.clear();
  for (int rank = 0; rank < contributors; ++rank) {
    if (rank != rank_) receive({part_of(rank), mine.size()}, rank, kPartTag);
  }
  for (int rank = 0; rank < ranks_ && contributes; ++rank) {
    if (rank != rank_) send(slice_of(piece, rank), rank, kPartTag);
  }
  wait();
  if (contributes) std::ranges::copy(mine, part_of(rank_));
  std::copy_n(part_of(0), mine.size(), mine.data());
  for (int rank = 1; rank < contributors; ++rank) add(mine, part_of(rank));
  for (int rank = 0; rank < ranks_; ++rank) {
    if (rank == rank_) continue;
    receive(slice_of(piece, rank), rank, kSumTag);
    send(mine, rank, kSumTag);
  }
  wait();
}

std::size_t RankSums::longest_message(int rank) const {
  return watch_.share_host(rank, rank_) ? static_cast<std::size_t>(kPiece) : kMessage;
}

void RankSums::receive(std::span<float> to, int rank, int tag) {
  for (std::size_t most = longest_message(rank); !to.empty(); to = to.subspan(std::min(most, to.size()))) {
    requests_.push_back(MPI_REQUEST_NULL);
    calls_.start([&] {
      return MPI_Irecv(to.data(), static_cast<int>(std::min(most, to.size())), MPI_FLOAT, rank, tag,
                       calls_.comm(), &requests_.back());
    });
  }
}

void RankSums::send(std::span<const float> values, int rank, int tag) {
  for (std::size_t most = longest_message(rank); !values.empty();
       values = values.subspan(std::min(most, values.size()))) {
    requests_.push_back(MPI_REQUEST_NULL);
    calls_.start([&] {
      return MPI_Isend(values.data(), static_cast<int>(std::min(most, values.size())), MPI_FLOAT, rank, tag,
                       calls_.comm(), &requests_.back());
    });
  }
}

void RankSums::wait() {
  calls_.wait(requests_, [&] {
    if (is_cancelled()) throw Cancelled{};
  });
  requests_.clear();
}

}  // namespace c3d
