// Each case in a process of its own: signals are the whole process's.
#include "tools/c3d_train/stop_signals.h"

#include <sys/wait.h>
#include <unistd.h>

#include <functional>

#include "catch.h"

using namespace c3d;

namespace {

// As wait() of a shell says it: the exit code, or 128 + the signal that ended it.
int status_of(const std::function<int()>& work) {
  const pid_t child = fork();
  if (child == 0) _exit(work());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int first_signal(const StopSignals& signals) {
  while (signals.received() == 0) usleep(100);
  return signals.received();
}

}  // namespace

TEST_CASE("each_signal_that_stops_a_run_is_received_and_ends_nothing") {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    CHECK(status_of([&] {
            const StopSignals signals("stopping");
            kill(getpid(), signal);
            return first_signal(signals);
          }) == signal);
  }
}

TEST_CASE("a_second_ctrl_c_ends_the_process_and_other_second_signals_do_not") {
  CHECK(status_of([] {
          const StopSignals signals("stopping");
          kill(getpid(), SIGHUP);
          first_signal(signals);
          kill(getpid(), SIGHUP);  // a terminal that closes sends two
          kill(getpid(), SIGTERM);
          kill(getpid(), SIGINT);
          for (;;) pause();
          return 0;
        }) == 128 + SIGINT);
}

TEST_CASE("a_hangup_that_is_ignored_stays_ignored_and_a_closed_pipe_ends_nothing") {
  CHECK(status_of([] {
          std::signal(SIGHUP, SIG_IGN);
          const StopSignals signals("stopping");
          kill(getpid(), SIGHUP);
          int ends[2];
          if (pipe(ends) != 0) return 1;
          close(ends[0]);
          if (write(ends[1], "x", 1) != -1) return 2;
          kill(getpid(), SIGTERM);
          return first_signal(signals);
        }) == SIGTERM);
}
