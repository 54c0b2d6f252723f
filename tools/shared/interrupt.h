// Ctrl-C, SIGTERM and SIGHUP as an orderly end: said at once on stderr, then the work has a few seconds to
// stop at a place of its own; a second signal, or work that does not come to such a place, ends the process
// there and then. Signals that were ignored when the process began (nohup) stay ignored.
#pragma once

#include <atomic>
#include <chrono>
#include <csignal>
#include <functional>
#include <string>
#include <thread>

namespace c3d {

class Interrupt {
 public:
  // Blocks the signals in this thread and in all that start later: make it before any other thread exists.
  // `notice` is what stderr gets; it is called on a thread of its own.
  explicit Interrupt(std::function<std::string(int signal)> notice,
                     std::chrono::milliseconds patience = std::chrono::seconds(2));
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  // The signal that came; 0: none. The exit code of a process that it ends is 128 more.
  int received() const { return received_; }

 private:
  void watch(const std::stop_token& stop);

  std::function<std::string(int)> notice_;
  std::chrono::milliseconds patience_;
  sigset_t watched_{}, before_{};
  std::atomic<int> received_ = 0;
  std::jthread thread_;  // last: it uses all the others
};

}  // namespace c3d
