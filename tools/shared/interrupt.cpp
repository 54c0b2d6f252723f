#include "tools/shared/interrupt.h"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <utility>

namespace c3d {
namespace {

// A terminal that closes sends several signals; one that comes later is meant.
constexpr std::chrono::seconds kOneOccasion{1};

// Wakes the thread that waits. Nobody else sends it to that thread.
int wake_signal() { return SIGRTMIN; }

bool is_ignored(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

void end_by(int signal) {
  std::signal(signal, SIG_DFL);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, signal);
  pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
  std::raise(signal);
}

}  // namespace

Interrupt::Interrupt(Answer answer, std::optional<std::chrono::milliseconds> patience)
    : patience_(patience), answer_(std::move(answer)) {
  sigemptyset(&watched_);
  sigaddset(&watched_, wake_signal());
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR1}) {
    if (!is_ignored(signal)) sigaddset(&watched_, signal);
  }
  pthread_sigmask(SIG_BLOCK, &watched_, &before_);
  thread_ = std::thread([this] { watch(); });
}

Interrupt::~Interrupt() {
  over_ = true;
  pthread_kill(thread_.native_handle(), wake_signal());
  thread_.join();
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void Interrupt::answer_with(Answer answer) {
  const std::lock_guard lock(mutex_);
  answer_ = std::move(answer);
}

int Interrupt::wait_until(std::optional<Clock::time_point> limit) const {
  if (!limit) return std::max(::sigwaitinfo(&watched_, nullptr), 0);
  const auto left = std::max(*limit - Clock::now(), Clock::duration::zero());
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
  const timespec time{static_cast<std::time_t>(seconds.count()),
                      (left - seconds) / std::chrono::nanoseconds(1)};
  return std::max(::sigtimedwait(&watched_, nullptr, &time), 0);
}

void Interrupt::watch() {
  std::optional<Clock::time_point> first, limit;
  for (;;) {
    const int signal = wait_until(limit);
    if (over_) return;
    if (limit && Clock::now() >= *limit) ::_exit(128 + received_);
    if (signal == 0 || signal == wake_signal()) continue;
    if (!first) {
      received_ = signal;
      first = Clock::now();
      if (patience_) limit = *first + *patience_;
      say_answer();
    } else if (signal == SIGUSR1) {
      continue;  // whoever sends it, as the start of ranks does, sends it until it is heard
    } else if (signal == SIGINT || Clock::now() - *first > kOneOccasion) {
      end_by(signal);
    }
  }
}

// Past all buffers and locks of streams: the work may be in the middle of a line. Nobody may be there to read
// it.
void Interrupt::say_answer() {
  const std::lock_guard lock(mutex_);
  const std::string answer = answer_();
  if (answer.empty()) return;
  const std::string text = (::isatty(STDERR_FILENO) == 1 ? "\n" : "") + answer + "\n";
  static_cast<void>(!::write(STDERR_FILENO, text.data(), text.size()));
}

std::string signal_name(int signal) {
  switch (signal) {
    case SIGINT:
      return "Ctrl-C";
    case SIGTERM:
      return "SIGTERM";
    case SIGHUP:
      return "SIGHUP (its terminal was closed)";
    case SIGUSR1:
      return "SIGUSR1";
    default:
      return "signal " + std::to_string(signal);
  }
}

}  // namespace c3d
