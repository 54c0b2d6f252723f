// Ctrl-C, SIGTERM, SIGHUP and SIGUSR1 (which mpirun and Slurm pass on) as something to ask about between two steps of the work. The first one is
// answered at once on stderr; a Ctrl-C after it, or another signal a second later, ends the process there and
// then (files are written whole or not at all, so none suffers). Signals that were ignored when the process
// began (nohup) stay ignored.
//
// Blocks the signals in the thread that makes it, so in every thread it starts later too, and waits for them
// in a thread of its own: make it before any other thread exists. No handler, hence no global.
#pragma once

#include <atomic>
#include <chrono>
#include <csignal>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace c3d {

class Interrupt {
 public:
  // The line for stderr, nothing where it is empty. Called by the thread that waits.
  using Answer = std::function<std::string()>;
  // patience: how long the work may take from the first signal on; then the process ends with exit code 128 +
  // the signal. nullopt: as long as it needs.
  explicit Interrupt(Answer answer, std::optional<std::chrono::milliseconds> patience = std::nullopt);
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  // From now on. Any thread.
  void answer_with(Answer answer);
  // The first signal that came; 0: none. The exit code of a process that it ends is 128 more.
  int received() const { return received_; }

 private:
  using Clock = std::chrono::steady_clock;
  // 0: none came before `limit`.
  int wait_until(std::optional<Clock::time_point> limit) const;
  void watch();
  void say_answer();

  std::optional<std::chrono::milliseconds> patience_;
  sigset_t watched_{}, before_{};
  std::atomic<int> received_ = 0;
  std::atomic<bool> over_ = false;
  std::mutex mutex_;  // of answer_
  Answer answer_;
  std::thread thread_;  // last: it uses all the others
};

// "Ctrl-C", "SIGTERM", "SIGHUP (its terminal was closed)", "SIGUSR1"
std::string signal_name(int signal);

}  // namespace c3d
