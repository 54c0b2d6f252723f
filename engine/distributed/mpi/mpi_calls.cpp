#include "engine/distributed/mpi/mpi_calls.h"

#include <sched.h>

#include <array>
#include <thread>

namespace c3d {
namespace {

using namespace std::chrono_literals;

constexpr int kSpins = 200;  // before a thread that waits sleeps

}  // namespace

bool MpiCalls::are_done(std::span<MPI_Request> requests) {
  int done = 0;
  start([&] {
    return MPI_Testall(static_cast<int>(requests.size()), requests.data(), &done, MPI_STATUSES_IGNORE);
  });
  return done != 0;
}

void MpiCalls::rest(int turn) {
  if (turn < kSpins) {
    ::sched_yield();
  } else {
    std::this_thread::sleep_for(turn < 10 * kSpins ? 50us : 500us);
  }
}

// A connection that ended says less than the watch, which sees whose it was.
void MpiCalls::check(int status) {
  if (status == MPI_SUCCESS) return;
  for (int turn = 0; turn < 20; ++turn) {
    std::this_thread::sleep_for(100ms);
    watch_.check_over();
  }
  std::array<char, MPI_MAX_ERROR_STRING> text{};
  int length = 0;
  MPI_Error_string(status, text.data(), &length);
  watch_.fail(fmt::format("MPI failed: {}", text.data()), 1);
}

}  // namespace c3d
