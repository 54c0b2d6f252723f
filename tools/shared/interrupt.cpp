#include "tools/shared/interrupt.h"

#include <pthread.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

namespace c3d {
namespace {

constexpr std::chrono::milliseconds kPoll{100};

bool is_ignored(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

// 0: none came.
int wait_for(const sigset_t& signals, std::chrono::milliseconds time) {
  const timespec limit{static_cast<std::time_t>(time.count() / 1000), (time.count() % 1000) * 1'000'000};
  const int signal = ::sigtimedwait(&signals, nullptr, &limit);
  return signal > 0 ? signal : 0;
}

// Past all buffers and locks of streams, which the work may hold.
void say(const std::string& text) {
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

Interrupt::Interrupt(std::function<std::string(int)> notice, std::chrono::milliseconds patience)
    : notice_(std::move(notice)), patience_(patience) {
  sigemptyset(&watched_);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    if (!is_ignored(signal)) sigaddset(&watched_, signal);
  }
  pthread_sigmask(SIG_BLOCK, &watched_, &before_);
  thread_ = std::jthread([this](const std::stop_token& stop) { watch(stop); });
}

Interrupt::~Interrupt() {
  thread_.request_stop();
  thread_.join();
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void Interrupt::watch(const std::stop_token& stop) {
  int signal = 0;
  while (signal == 0 && !stop.stop_requested()) signal = wait_for(watched_, kPoll);
  if (signal == 0) return;
  say("\n" + notice_(signal) + "\n");
  received_ = signal;
  for (auto waited = kPoll; waited <= patience_; waited += kPoll) {
    if (stop.stop_requested()) return;
    if (wait_for(watched_, kPoll) != 0) break;
  }
  if (!stop.stop_requested()) ::_exit(128 + signal);
}

}  // namespace c3d
