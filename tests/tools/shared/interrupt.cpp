#include "tools/shared/interrupt.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <string>

#include "catch.h"

namespace c3d {
namespace {

// Runs `body` in a process of its own, with stderr in a pipe, and gives its exit code and what it said.
struct Ended {
  int code = -1;
  std::string text;
};
Ended run(const std::function<int()>& body) {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], STDERR_FILENO);
    ::close(ends[0]);
    ::close(ends[1]);
    ::_exit(body());
  }
  ::close(ends[1]);
  Ended ended;
  std::array<char, 256> block{};
  for (ssize_t got = 0; (got = ::read(ends[0], block.data(), block.size())) > 0;) {
    ended.text.append(block.data(), static_cast<std::size_t>(got));
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFEXITED(status)) ended.code = WEXITSTATUS(status);
  return ended;
}

std::string notice(int signal) { return "signal " + std::to_string(signal); }

TEST_CASE("a_signal_is_said_and_the_work_may_stop_at_a_place_of_its_own") {
  const Ended ended = run([] {
    const Interrupt interrupt(notice, std::chrono::minutes(1));
    ::kill(::getpid(), SIGINT);
    while (interrupt.received() == 0) std::this_thread::yield();
    return interrupt.received();
  });
  CHECK(ended.code == SIGINT);
  CHECK(ended.text == "\nsignal 2\n");
}

TEST_CASE("work_that_does_not_stop_is_ended_and_a_second_signal_ends_it_at_once") {
  const bool twice = GENERATE(false, true);
  const Ended ended = run([&] {
    const Interrupt interrupt(notice, twice ? std::chrono::hours(1) : std::chrono::milliseconds(200));
    ::kill(::getpid(), SIGTERM);
    while (interrupt.received() == 0) std::this_thread::yield();
    if (twice) ::kill(::getpid(), SIGTERM);
    for (;;) ::pause();
    return 0;
  });
  CHECK(ended.code == 128 + SIGTERM);
}

TEST_CASE("a_signal_that_was_ignored_stays_ignored") {
  const Ended ended = run([] {
    std::signal(SIGHUP, SIG_IGN);
    const Interrupt interrupt(notice, std::chrono::minutes(1));
    ::kill(::getpid(), SIGHUP);
    ::kill(::getpid(), SIGINT);
    while (interrupt.received() == 0) std::this_thread::yield();
    return interrupt.received();
  });
  CHECK(ended.code == SIGINT);
}

}  // namespace
}  // namespace c3d
