#include "engine/io/file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <thread>

#include "catch.h"
#include "engine/core/error.h"
#include "engine/io/file_names.h"
#include "engine/io/read_error.h"
#include "tests/support/environment.h"
#include "tests/support/message_of.h"
#include "tests/support/scratch_folder.h"

namespace c3d {
namespace {

TEST_CASE("a file is read back where and as it was written") {
  const ScratchFolder folder;
  File file(folder.path() / "a", O_RDWR | O_CREAT);
  file.write("0123456789");
  std::string text(4, ' ');
  CHECK(file.read_at(3, std::as_writable_bytes(std::span(text))));
  CHECK(text == "3456");
  CHECK_FALSE(file.read_at(8, std::as_writable_bytes(std::span(text))));
  file.truncate(5);
  CHECK(file.size() == 5);
}

TEST_CASE("links and hard links have the identity of their file, others have not") {
  const ScratchFolder folder;
  const auto file = folder.write("a", "text"), copy = folder.write("b", "text");
  std::filesystem::create_symlink("a", folder.path() / "link");
  std::filesystem::create_hard_link(file, folder.path() / "hard");
  CHECK(file_identity(folder.path() / "link") == file_identity(file));
  CHECK(file_identity(folder.path() / "hard") == file_identity(file));
  CHECK(file_identity(folder.path() / "." / "a") == file_identity(file));
  CHECK(file_identity(copy) != file_identity(file));
  CHECK_FALSE(file_identity(folder.path() / "none"));
}

TEST_CASE("files and what is not there can be replaced; pipes and devices cannot") {
  const ScratchFolder folder;
  REQUIRE(::mkfifo((folder.path() / "pipe").c_str(), 0600) == 0);
  CHECK(is_replaceable(folder.write("a", "")));
  CHECK(is_replaceable(folder.path() / "none"));
  CHECK_FALSE(is_replaceable(folder.path() / "pipe"));
  CHECK_FALSE(is_replaceable("/dev/null"));
}

TEST_CASE("failures name the file and the cause of the call that failed") {
  const ScratchFolder folder;
  const auto missing = folder.path() / "none";
  CHECK(message_of([&] { File(missing, O_RDONLY); }) ==
        "cannot open " + missing.string() + ": No such file or directory");
  CHECK(message_of([] { File("/dev/full", O_WRONLY).write("text"); }) ==
        "cannot write /dev/full: the disk is full");
  CHECK(errno_text(EMFILE).find("ulimit -n") != std::string::npos);
}

TEST_CASE("a full pipe that does not block is waited for") {
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), O_NONBLOCK) == 0);
  const std::string text(1 << 20, 'x');  // more than a pipe holds
  std::size_t got = 0;
  std::thread reader([&] {
    std::array<char, 4096> piece{};
    pollfd wanted{.fd = ends[0], .events = POLLIN, .revents = 0};
    while (got < text.size() && ::poll(&wanted, 1, 10'000) == 1) {
      const ssize_t count = ::read(ends[0], piece.data(), piece.size());
      if (count > 0) got += static_cast<std::size_t>(count);
    }
  });
  const std::string error =
      message_of([&] { File::stream_to("/dev/fd/" + std::to_string(ends[1])).write(text); });
  reader.join();
  CHECK(error == "no error");
  CHECK(got == text.size());
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_CASE("bytes that cannot be read are a ReadError, which nobody may remember as a fact") {
  const ScratchFolder folder;
  const File file(folder.path(), O_RDONLY);  // reading a folder fails, as a broken disk would
  std::array<std::byte, 4> out{};
  CHECK_THROWS_AS(file.read_at(0, out), ReadError);
}

TEST_CASE("two objects cannot lock one file") {
  const ScratchFolder folder;
  const auto path = folder.write("a", "");
  const File first(path, O_RDWR);
  CHECK(first.try_lock() == Lock::held);
  CHECK(File(path, O_RDWR).try_lock() == Lock::busy);
  CHECK(first.is_regular());
  CHECK_FALSE(File(folder.path(), O_RDONLY).is_regular());
}

TEST_CASE("temporary files stand in TMPDIR and have no name there") {
  const ScratchFolder folder;
  EnvironmentVariable variable("TMPDIR", folder.path().string());
  File file = File::temporary();
  struct stat of_file {
  }, of_folder{};
  REQUIRE(::fstat(file.descriptor(), &of_file) == 0);
  REQUIRE(::stat(folder.path().c_str(), &of_folder) == 0);
  CHECK(of_file.st_dev == of_folder.st_dev);
  CHECK(std::filesystem::is_empty(folder.path()));
  variable.set("/no/such/folder");
  CHECK(message_of([] { File::temporary(); }).find("/no/such/folder: no temporary file") == 0);
}

}  // namespace
}  // namespace c3d
