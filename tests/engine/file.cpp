#include "engine/io/file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>

#include "catch.h"
#include "engine/core/error.h"
#include "engine/io/file_names.h"
#include "tests/support/scratch_folder.h"

namespace c3d {
namespace {

template <typename Work>
std::string error_of(const Work& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.message();
  }
  return {};
}

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
  CHECK(error_of([&] { File(missing, O_RDONLY); }) ==
        "cannot open " + missing.string() + ": No such file or directory");
  CHECK(error_of([] { File("/dev/full", O_WRONLY).write("text"); }) ==
        "cannot write /dev/full: the disk is full");
  CHECK(errno_text(EMFILE).find("ulimit -n") != std::string::npos);
}

TEST_CASE("temporary files stand in TMPDIR and have no name there") {
  const ScratchFolder folder;
  const char* before = std::getenv("TMPDIR");
  const std::string kept = before == nullptr ? "" : before;
  ::setenv("TMPDIR", folder.path().c_str(), 1);
  File file = File::temporary();
  struct stat of_file {
  }, of_folder{};
  REQUIRE(::fstat(file.descriptor(), &of_file) == 0);
  REQUIRE(::stat(folder.path().c_str(), &of_folder) == 0);
  CHECK(of_file.st_dev == of_folder.st_dev);
  CHECK(std::filesystem::is_empty(folder.path()));
  ::setenv("TMPDIR", "/no/such/folder", 1);
  CHECK(error_of([] { File::temporary(); }).find("/no/such/folder: no temporary file") == 0);
  before == nullptr ? ::unsetenv("TMPDIR") : ::setenv("TMPDIR", kept.c_str(), 1);
}

}  // namespace
}  // namespace c3d
