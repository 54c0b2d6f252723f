#include "engine/io/file_lock.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "catch.h"
#include "engine/core/error.h"
#include "tests/support/message_of.h"
#include "tests/support/scratch_folder.h"

namespace c3d {
namespace {

std::string error_of_locking(const std::filesystem::path& path) {
  return message_of([&] { const FileLock lock(path, "the run in runs/a"); });
}

// flock belongs to the opened file, so that a second lock of the same process waits as another's would.
TEST_CASE("a lock that is held says who holds it") {
  const ScratchFolder folder;
  const auto path = folder.path() / ".lock";
  {
    const FileLock lock(path, "it");
    const std::string error = error_of_locking(path);
    CHECK(error.find("the run in runs/a is in use by process " + std::to_string(::getpid()) + " on ") == 0);
    CHECK(error.find("wait until it ends") != std::string::npos);
  }
  CHECK_FALSE(std::filesystem::exists(path));
  CHECK(error_of_locking(path) == "no error");
}

TEST_CASE("the lock of a killed process is free") {
  const ScratchFolder folder;
  const auto path = folder.path() / ".lock";
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const FileLock lock(path, "it");
    ::raise(SIGKILL);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
  CHECK(std::filesystem::exists(path));
  CHECK(error_of_locking(path) == "no error");
}

TEST_CASE("a lock holds where there is no room to say who has it") {
  const ScratchFolder folder;
  const auto path = folder.path() / ".lock";
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_FSIZE, &none);
    bool held = false;
    try {
      const FileLock lock(path, "it");
      held = error_of_locking(path).find("is in use by another process") != std::string::npos;
    } catch (const Error&) {
      held = false;
    }
    ::_exit(held && !std::filesystem::exists(path) ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 0));
}

TEST_CASE("the lock of a file is the same through a link, and that of a folder stands in it") {
  const ScratchFolder folder;
  const auto file = folder.write("a.jsonl", "");
  std::filesystem::create_symlink("a.jsonl", folder.path() / "link");
  CHECK(lock_file_of(folder.path() / "link") == lock_file_of(file));
  CHECK(lock_file_of(folder.path()) == folder.path() / ".lock");
  CHECK(lock_file_of(folder.path() / std::string(250, 'x')).filename().string().size() <= 255);
}

}  // namespace
}  // namespace c3d
