#include "engine/io/atomic_file.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <thread>

#include "catch.h"
#include "engine/core/error.h"
#include "tests/support/message_of.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/skip.h"

namespace c3d {
namespace {

std::size_t files_in(const std::filesystem::path& folder) {
  const std::filesystem::directory_iterator entries(folder);
  return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

std::string error_of_writing(const std::filesystem::path& path) {
  return message_of([&] { write_file(path, "text"); });
}

// A process that writes half a file and is killed before it can clean up.
void kill_while_writing(const std::filesystem::path& path) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    AtomicFile file(path);
    file.write("half");
    ::raise(SIGKILL);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
}

TEST_CASE("a file appears whole, at commit and not before") {
  const ScratchFolder folder;
  const auto path = folder.path() / "a.txt";
  AtomicFile file(path);
  file.write("one ");
  file.write("two");
  CHECK_FALSE(std::filesystem::exists(path));
  file.commit();
  CHECK(read_text(path) == "one two");
  CHECK(files_in(folder.path()) == 1);
  CHECK_THROWS_AS(file.write("more"), Error);
  CHECK_THROWS_AS(file.commit(), Error);
}

TEST_CASE("without a commit the old file stays and nothing is left over") {
  const ScratchFolder folder;
  const auto path = folder.write("a.txt", "old");
  {
    AtomicFile file(path);
    file.write("new");
    CHECK(read_text(path) == "old");
  }
  CHECK(read_text(path) == "old");
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("a killed writer leaves the old file, and the next one removes its part") {
  const ScratchFolder folder;
  const auto path = folder.write("a.txt", "old"), other = folder.write("b.txt", "other");
  kill_while_writing(path);
  CHECK(read_text(path) == "old");
  CHECK(files_in(folder.path()) == 3);
  write_file(other, "unrelated");
  CHECK(files_in(folder.path()) == 3);
  write_file(path, "new");
  CHECK(read_text(path) == "new");
  CHECK(files_in(folder.path()) == 2);
}

TEST_CASE("two writers of one file do not disturb each other; the last to commit wins") {
  const ScratchFolder folder;
  const auto path = folder.path() / "a.txt";
  AtomicFile first(path), second(path);
  first.write("first");
  second.write("second");
  second.commit();
  CHECK(read_text(path) == "second");
  first.commit();
  CHECK(read_text(path) == "first");
}

TEST_CASE("a link stays a link, and what it points to is replaced") {
  const ScratchFolder folder;
  const auto target = folder.write("real/a.txt", "old"), link = folder.path() / "link.txt";
  std::filesystem::create_symlink(target, link);
  write_file(link, "new");
  CHECK(std::filesystem::is_symlink(link));
  CHECK(read_text(target) == "new");
}

TEST_CASE("a link to nothing yet stays a link, and the file is made where it leads") {
  const ScratchFolder folder;
  const auto target = folder.path() / "a.txt", link = folder.path() / "link.txt";
  std::filesystem::create_symlink("a.txt", link);
  write_file(link, "new");
  CHECK(std::filesystem::is_symlink(link));
  CHECK(read_text(target) == "new");
}

TEST_CASE("a pipe is written to and stays a pipe") {
  const ScratchFolder folder;
  const auto pipe = folder.path() / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  std::string read;
  std::thread reader([&] { read = read_text(pipe); });
  write_file(pipe, "text");
  reader.join();
  CHECK(read == "text");
  CHECK(std::filesystem::is_fifo(pipe));
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("whatever else has the name of a part is left as it is") {
  const ScratchFolder folder;
  const auto path = folder.path() / "a.txt", other = folder.write("other", "kept");
  REQUIRE(::mkfifo((folder.path() / ".a.txt.0.part").c_str(), 0600) == 0);
  std::filesystem::create_directory(folder.path() / ".a.txt.1.part");
  std::filesystem::create_symlink("other", folder.path() / ".a.txt.2.part");
  const AtomicFile file(path);
  CHECK_FALSE(file.is_first_writer());
  CHECK(file.part().filename() == ".a.txt.3.part");
  write_file(path, "text");
  CHECK(read_text(path) == "text");
  CHECK(read_text(other) == "kept");
  CHECK(std::filesystem::is_fifo(folder.path() / ".a.txt.0.part"));
  CHECK(std::filesystem::is_directory(folder.path() / ".a.txt.1.part"));
  CHECK(std::filesystem::is_symlink(folder.path() / ".a.txt.2.part"));
}

TEST_CASE("a writer that was killed beside another leaves nothing behind for ever") {
  const ScratchFolder folder;
  const auto path = folder.write("a.txt", "old");
  {
    const AtomicFile at_work(path);
    CHECK(at_work.is_first_writer());
    kill_while_writing(path);
    CHECK(std::filesystem::exists(folder.path() / ".a.txt.1.part"));
  }
  write_file(path, "new");
  CHECK(read_text(path) == "new");
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("a name of 255 bytes can be written") {
  const ScratchFolder folder;
  const auto path = folder.path() / std::string(255, 'n');
  write_file(path, "text");
  CHECK(read_text(path) == "text");
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("a new file has the permissions that the umask leaves") {
  const ScratchFolder folder;
  const auto path = folder.path() / "a.txt";
  const mode_t before = ::umask(027);
  write_file(path, "text");
  ::umask(before);
  CHECK(std::filesystem::status(path).permissions() == static_cast<std::filesystem::perms>(0640));
}

TEST_CASE("what cannot be written is named, with the reason") {
  const ScratchFolder folder;
  const std::string missing = (folder.path() / "no/such/a.txt").string();
  CHECK(error_of_writing(missing) == "cannot write " + missing + ": there is no folder " +
                                         (folder.path() / "no/such").string() + "; create it first");
  CHECK(error_of_writing(folder.path()) == "cannot write " + folder.path().string() + ": it is a folder");
  CHECK_THAT(error_of_writing("/proc/a.txt"),
             !Catch::Contains("no folder"));  // it is there, and takes no files
  CHECK(error_of_writing("/dev/full") == "cannot write /dev/full: the disk is full");
  const std::string below_file = (folder.write("file") / "a.txt").string();
  CHECK(error_of_writing(below_file).find(below_file + ": Not a directory") != std::string::npos);
}

TEST_CASE("a folder that forbids writing is an error") {
  if (::geteuid() == 0) return skip("root may write everywhere");
  const ScratchFolder folder;
  std::filesystem::permissions(folder.path(),
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  CHECK(error_of_writing(folder.path() / "a.txt").find("Permission denied") != std::string::npos);
  std::filesystem::permissions(folder.path(), std::filesystem::perms::owner_all);
}

}  // namespace
}  // namespace c3d
