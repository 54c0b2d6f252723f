#include "data/input_bytes.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <string>

#include "catch.h"
#include "engine/io/read_error.h"
#include "tests/support/scratch_folder.h"

namespace c3d {
namespace {

constexpr double kSoon = 0.05;  // seconds

std::string read_some(InputBytes& input, std::size_t most = 100) {
  std::string text(most, '\0');
  text.resize(input.read(std::as_writable_bytes(std::span(text))));
  return text;
}

std::filesystem::path make_pipe(const ScratchFolder& folder) {
  std::filesystem::path path = folder / "pipe";
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  return path;
}

TEST_CASE("a file is read from any place, to its end") {
  const ScratchFolder folder;
  InputBytes input(folder.write("a", "0123456789"), 30);
  CHECK(input.seekable());
  CHECK(input.size() == 10);
  CHECK(read_some(input, 4) == "0123");
  input.seek(8);
  CHECK(read_some(input) == "89");
  CHECK(read_some(input).empty());
  input.seek(100);
  CHECK(read_some(input).empty());
}

TEST_CASE("a pipe that nobody writes to is an error in time, not a wait for ever") {
  const ScratchFolder folder;
  InputBytes input(make_pipe(folder), kSoon);
  CHECK_FALSE(input.seekable());
  CHECK_THROWS_AS(read_some(input), ReadError);
  CHECK_THROWS_WITH(read_some(input), Catch::Contains("pipe") && Catch::Contains("0.05 seconds"));
}

TEST_CASE("a pipe gives what is written, and ends with who writes") {
  const ScratchFolder folder;
  InputBytes input(make_pipe(folder), 30);
  File writer(folder / "pipe", O_WRONLY);
  writer.write(std::string_view("one"));
  CHECK(read_some(input) == "one");
  writer.write(std::string_view("two"));
  CHECK(read_some(input) == "two");
  CHECK(input.position() == 6);
  writer.close();
  CHECK(read_some(input).empty());
}

TEST_CASE("bytes that lead nowhere do not begin the time of a read anew") {
  const ScratchFolder folder;
  InputBytes input(make_pipe(folder), 0.3);
  const File keeps_it_open(folder / "pipe", O_WRONLY);
  File writer(folder / "pipe", O_WRONLY);
  CHECK_THROWS_AS(read_some(input), ReadError);  // waits for all of its time
  writer.write(std::string_view("x"));
  CHECK(read_some(input) == "x");
  const auto seconds_to_fail = [&] {
    const auto start = std::chrono::steady_clock::now();
    CHECK_THROWS_WITH(read_some(input), Catch::Contains("stalled after 1 bytes"));
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  // The best of some: a busy machine may hold up one of them.
  CHECK(std::min({seconds_to_fail(), seconds_to_fail(), seconds_to_fail()}) < 0.3);
  input.made_progress();
  CHECK(seconds_to_fail() >= 0.3);
}

TEST_CASE("what cannot be opened or read is a ReadError that names file and cause") {
  const ScratchFolder folder;
  CHECK_THROWS_AS(InputBytes(folder / "absent", 1), ReadError);
  CHECK_THROWS_WITH(InputBytes(folder / "absent", 1),
                    Catch::Contains("absent") && Catch::Contains("no such file"));
  CHECK_THROWS_WITH(InputBytes(folder.path(), 1), Catch::Contains("is a folder"));
  std::filesystem::create_symlink("loop", folder / "loop");
  CHECK_THROWS_WITH(InputBytes(folder / "loop", 1),
                    Catch::Contains("loop") && Catch::Contains("symbolic links"));
}

}  // namespace
}  // namespace c3d
