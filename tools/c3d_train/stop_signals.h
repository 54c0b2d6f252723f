// Ctrl-C, SIGTERM and SIGHUP as something to ask about between two steps. The first one is answered at once,
// on standard error; a Ctrl-C after it, or another signal a second later, ends the process there and then
// (files are written whole or not at all, so none suffers). SIGHUP is left alone where it is ignored already
// (nohup). A closed pipe for standard output does not end the process.
//
// Blocks the signals in the thread that makes it, so in every thread it starts later too, and waits for them
// in a thread of its own; make it before any other thread exists. No handler, hence no global.
#pragma once

#include <atomic>
#include <csignal>
#include <exception>
#include <mutex>
#include <string>
#include <thread>

namespace c3d {

class StopSignals {
 public:
  explicit StopSignals(std::string answer);
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals();

  // What the first signal is answered with from now on: "stopping: ...".
  void answer_with(std::string answer);
  // The first signal that came; 0: none.
  int received() const { return received_; }

 private:
  void watch();

  sigset_t watched_{};
  std::atomic<int> received_ = 0;
  std::atomic<bool> over_ = false;
  std::mutex mutex_;
  std::string answer_;
  std::thread watcher_;
};

// "Ctrl-C", "SIGTERM", "SIGHUP"
std::string signal_name(int signal);

// Thrown where there is no step to finish and nothing to save.
struct StoppedEarly : std::exception {
  const char* what() const noexcept override { return "stopped by a signal"; }
};

}  // namespace c3d
