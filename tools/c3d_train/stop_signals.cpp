#include "tools/c3d_train/stop_signals.h"

#include <csignal>
#include <ctime>

namespace c3d {
namespace {

sigset_t watched() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

StopSignals::StopSignals() {
  const sigset_t set = watched();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

int StopSignals::received() {
  const sigset_t set = watched();
  const timespec no_time{};
  const int signal = sigtimedwait(&set, nullptr, &no_time);
  if (signal > 0) received_ = signal;
  return received_;
}

}  // namespace c3d
