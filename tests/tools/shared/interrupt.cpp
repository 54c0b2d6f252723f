#include "tools/shared/interrupt.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <string>

#include "catch.h"

namespace c3d {
namespace {

// Runs `body` in a process of its own, with stderr in a pipe, and gives its exit code, as a
// shell says it, and what it said.
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
  ended.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return ended;
}

std::string notice() { return "stopping"; }

int first_signal(const Interrupt& interrupt) {
  while (interrupt.received() == 0) std::this_thread::yield();
  return interrupt.received();
}

TEST_CASE("each signal that stops the work is answered and ends nothing") {
  const int signal = GENERATE(SIGINT, SIGTERM, SIGHUP);
  const Ended ended = run([&] {
    Interrupt interrupt([] { return std::string("before"); });
    interrupt.answer_with(notice);
    ::kill(::getpid(), signal);
    return first_signal(interrupt);
  });
  CHECK(ended.code == signal);
  CHECK(ended.text == "stopping\n");
}

TEST_CASE("work that does not stop in time is ended") {
  const Ended ended = run([&] {
    const Interrupt interrupt(notice, std::chrono::milliseconds(20));
    ::kill(::getpid(), SIGTERM);
    for (;;) ::pause();
    return 0;
  });
  CHECK(ended.code == 128 + SIGTERM);
}

TEST_CASE("a second Ctrl-C ends the process and other second signals do not") {
  const Ended ended = run([] {
    const Interrupt interrupt(notice);
    ::kill(::getpid(), SIGHUP);
    first_signal(interrupt);
    ::kill(::getpid(), SIGHUP);  // a terminal that closes sends two
    ::kill(::getpid(), SIGTERM);
    ::kill(::getpid(), SIGINT);
    for (;;) ::pause();
    return 0;
  });
  CHECK(ended.code == 128 + SIGINT);
  CHECK(ended.text == "stopping\n");
}

TEST_CASE("a signal that was ignored stays ignored") {
  const int ignored = GENERATE(SIGINT, SIGTERM, SIGHUP);
  const int other = ignored == SIGINT ? SIGTERM : SIGINT;
  const Ended ended = run([&] {
    std::signal(ignored, SIG_IGN);
    const Interrupt interrupt(notice);
    ::kill(::getpid(), ignored);
    ::kill(::getpid(), other);
    return first_signal(interrupt);
  });
  CHECK(ended.code == other);
}

TEST_CASE("a signal is not answered when there is nothing left to stop") {
  const Ended ended = run([] {
    Interrupt interrupt(notice);
    interrupt.answer_with([] { return std::string(); });
    ::kill(::getpid(), SIGINT);
    return first_signal(interrupt);
  });
  CHECK(ended.code == SIGINT);
  CHECK(ended.text.empty());
}

// Each run of a tool has one: what it takes to begin and end must not be waited for.
TEST_CASE("an interrupt that nothing came to ends at once") {
  const Ended ended = run([] {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 100; ++i) const Interrupt interrupt(notice);
    return std::chrono::steady_clock::now() - start < std::chrono::seconds(2) ? 0 : 1;
  });
  CHECK(ended.code == 0);
}

}  // namespace
}  // namespace c3d
