#include "c3d/training/rank_launch.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <optional>
#include <thread>

#include "engine/core/error.h"

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

}  // namespace

int run_ranks(const std::vector<std::string>& words, const std::function<int()>& signal) {
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
  int status = 0;
  while (::waitpid(child, &status, WNOHANG) == 0) {
    // Again and again: one that comes before mpirun has ranks to pass it to is lost.
    if (signal() != 0 && (!told || Clock::now() - *told > kTellAgain)) {
      told = Clock::now();
      ::kill(child, SIGUSR1);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : kEndedBySignal + WTERMSIG(status);
  expect(code != kNotStarted, "{} is not found: install openmpi-bin, or put your MPI's mpirun into PATH",
         words.front());
  if (signal() != 0 && code > kEndedBySignal) return kEndedBySignal + signal();
  // A rank that stopped as it was asked to says by which signal; one that any other ended is a failure.
  constexpr std::array kStops{SIGINT, SIGTERM, SIGHUP, SIGUSR1};
  const bool stopped = std::ranges::find(kStops, code - kEndedBySignal) != kStops.end();
  return code > kEndedBySignal && !stopped ? 1 : code;
}

}  // namespace c3d
