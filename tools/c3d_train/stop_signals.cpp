#include "tools/c3d_train/stop_signals.h"

#include <unistd.h>

#include <chrono>
#include <utility>

namespace c3d {
namespace {

// A terminal that closes sends several signals; one that comes later is meant.
constexpr std::chrono::seconds kOneOccasion{1};

bool is_ignored(int signal) {
  struct sigaction action {};
  return sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

// Not by a stream: the main thread may be in the middle of a line. Nobody may be there to read it.
void say(const std::string& line) {
  const std::string text = (isatty(STDERR_FILENO) == 1 ? "\n" : "") + line + "\n";
  static_cast<void>(!::write(STDERR_FILENO, text.data(), text.size()));
}

void end_at_once(int number) {
  std::signal(number, SIG_DFL);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, number);
  pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
  std::raise(number);
}

}  // namespace

StopSignals::StopSignals(std::string answer) : answer_(std::move(answer)) {
  sigemptyset(&watched_);
  sigaddset(&watched_, SIGINT);
  sigaddset(&watched_, SIGTERM);
  if (!is_ignored(SIGHUP)) sigaddset(&watched_, SIGHUP);
  sigset_t blocked = watched_;
  sigaddset(&blocked, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
  watcher_ = std::thread([this] { watch(); });
}

StopSignals::~StopSignals() {
  over_ = true;
  // Wakes it: the signal is blocked, and waited for there.
  pthread_kill(watcher_.native_handle(), SIGTERM);  // NOLINT(bugprone-bad-signal-to-kill-thread)
  watcher_.join();
}

void StopSignals::answer_with(std::string answer) {
  const std::lock_guard lock(mutex_);
  answer_ = std::move(answer);
}

void StopSignals::watch() {
  using Clock = std::chrono::steady_clock;
  Clock::time_point first{};
  for (;;) {
    int signal = 0;
    if (sigwait(&watched_, &signal) != 0) continue;
    if (over_) return;
    if (received_ == 0) {
      received_ = signal;
      first = Clock::now();
      const std::lock_guard lock(mutex_);
      say(answer_ + " (Ctrl-C ends at once)");
    } else if (signal == SIGINT || Clock::now() - first > kOneOccasion) {
      end_at_once(signal);
    }
  }
}

std::string signal_name(int signal) {
  switch (signal) {
    case SIGINT:
      return "Ctrl-C";
    case SIGTERM:
      return "SIGTERM";
    case SIGHUP:
      return "SIGHUP (its terminal was closed)";
    default:
      return "signal " + std::to_string(signal);
  }
}

}  // namespace c3d
