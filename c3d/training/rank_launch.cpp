#include "c3d/training/rank_launch.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <thread>

#include "c3d/training/rank_board.h"
#include "engine/core/error.h"
#include "engine/distributed/communicator.h"
#include "engine/io/file.h"

namespace c3d {
namespace {

constexpr int kNotStarted = 127;
constexpr int kEndedBySignal = 128;
constexpr std::chrono::seconds kTellAgain{1};
using Clock = std::chrono::steady_clock;

// Between fork() and exec: calls that any signal handler may make, and no others.
[[noreturn]] void become(char* const* words, pid_t parent) {
  ::setpgid(0, 0);  // Ctrl-C at a terminal comes by run_ranks() alone
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(kNotStarted);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  ::signal(SIGXFSZ, SIG_DFL);
  ::execvp(words[0], words);
  ::_exit(kNotStarted);
}

// Which of the ranks ended first.
class Deaths {
 public:
  Deaths(const RankBoard& board, int ranks) : board_(board), processes_(static_cast<std::size_t>(ranks)) {}

  void look() {
    for (std::size_t rank = 0; rank < processes_.size() && first_rank_ < 0; ++rank) {
      Watched& one = processes_[rank];
      if (one.number == 0) one = watched(board_.process_of(static_cast<int>(rank)));
      pollfd ended{.fd = one.descriptor, .events = POLLIN, .revents = 0};
      // A number that is nobody's any more was that of a rank, too.
      if (one.number != 0 && (one.descriptor < 0 || ::poll(&ended, 1, 0) > 0)) {
        first_rank_ = static_cast<int>(rank);
        first_process_ = one.number;
      }
    }
  }
  bool has_seen_ranks() const {
    return std::ranges::any_of(processes_, [](const Watched& one) { return one.number != 0; });
  }
  // For people; the rank as Communicator names it.
  std::string sentence() const {
    if (first_rank_ < 0) return rank_death("a rank", 0);
    return rank_death(rank_name(first_rank_, this_host()), first_process_);
  }
  ~Deaths() {
    for (const Watched& one : processes_) {
      if (one.descriptor >= 0) ::close(one.descriptor);
    }
  }
  Deaths(const Deaths&) = delete;
  Deaths& operator=(const Deaths&) = delete;

 private:
  struct Watched {
    std::int32_t number = 0;  // 0: not known yet
    int descriptor = -1;
  };
  static Watched watched(std::int32_t process) {
    if (process == 0) return {};
    return {process, static_cast<int>(::syscall(SYS_pidfd_open, pid_t{process}, 0))};
  }

  const RankBoard& board_;
  std::vector<Watched> processes_;
  int first_rank_ = -1;  // -1: all are alive
  std::int32_t first_process_ = 0;
};

}  // namespace

int run_ranks(const std::vector<std::string>& words, int ranks, const std::function<int()>& signal) {
  RankBoard board;
  ::setenv(kRankBoardVariable, board.name().c_str(), 1);
  std::vector<std::string> copies = words;
  std::vector<char*> arguments;
  arguments.reserve(copies.size() + 1);
  for (std::string& word : copies) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  expect(child >= 0, "mpirun cannot be started: no process is left");
  if (child == 0) become(arguments.data(), parent);
  std::optional<Clock::time_point> told;
  Deaths deaths(board, ranks);
  int status = 0;
  while (::waitpid(child, &status, WNOHANG) == 0) {
    // Again and again: one that comes before mpirun has ranks to pass it to is lost.
    if (signal() != 0 && (!told || Clock::now() - *told > kTellAgain)) {
      told = Clock::now();
      board.tell_stop(signal());
      ::kill(child, SIGUSR1);
    }
    deaths.look();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : kEndedBySignal + WTERMSIG(status);
  expect(code != kNotStarted, "{} is not found: install openmpi-bin, or put your MPI's mpirun into PATH",
         words.front());
  deaths.look();
  if (signal() != 0 && code > kEndedBySignal) return kEndedBySignal + signal();
  expect(deaths.has_seen_ranks() || board.has_said() || signal() != 0,
         "mpirun ended with exit code {} before a rank was ready, and trained nothing: it says why without "
         "--ranks: `mpirun -np {}` "
         "and the same command",
         code, ranks);
  if (WIFSIGNALED(status) && !board.has_said()) {
    fail(
        "mpirun was ended by signal {}, and the ranks with it; go on with --resume, where the run has a "
        "snapshot",
        WTERMSIG(status));
  }
  // A rank that stopped as it was asked to says by which signal; one that any other ended is a failure.
  constexpr std::array kStops{SIGINT, SIGTERM, SIGHUP, SIGUSR1};
  const bool stopped = std::ranges::find(kStops, code - kEndedBySignal) != kStops.end();
  if (code <= kEndedBySignal || stopped) return code;
  if (!board.has_said()) fail("{}", deaths.sentence());
  return 1;
}

}  // namespace c3d
