#include "data/text_lines.h"

#include <sys/stat.h>

#include <thread>

#include "catch.h"
#include "engine/core/error.h"
#include "tests/data/files.h"
#include "tests/support/scratch_folder.h"

namespace c3d {
namespace {

using std::string_view_literals::operator""sv;

std::vector<std::string> texts(const std::vector<TextLine>& lines) {
  std::vector<std::string> all;
  for (const TextLine& line : lines) all.push_back(line.text);
  return all;
}

TEST_CASE("lines end by LF, CR LF or CR, after a byte order mark or without") {
  const ScratchFolder folder;
  const std::string_view text =
      GENERATE("one\n\n two\n"sv, "one\r\n\r\n two"sv, "one\r\r two\r"sv, "\xEF\xBB\xBFone\n \n two"sv);
  const std::vector<TextLine> lines = read_text_lines(make_file(folder / "list.txt", text));
  REQUIRE(texts(lines) == std::vector<std::string>{"one", " two"});
  REQUIRE(lines[1].number == 3);
}

TEST_CASE("text of two and four bytes a letter is named, with its mark or without") {
  const ScratchFolder folder;
  for (const std::string_view text : {"\xFF\xFE"
                                      "a\0b\0"sv,
                                      "\xFE\xFF\0a\0b"sv, "a\0b\0c\0"sv, "\0a\0b"sv}) {
    REQUIRE_THROWS_WITH(read_text_lines(make_file(folder / "list.txt", text)),
                        Catch::Contains("is UTF-16; save it as UTF-8"));
  }
  REQUIRE_THROWS_WITH(read_text_lines(make_file(folder / "list.txt", "\xFF\xFE\0\0a\0\0\0"sv)),
                      Catch::Contains("is UTF-32"));
}

TEST_CASE("what is no text file is refused with the reason") {
  const ScratchFolder folder;
  REQUIRE_THROWS_WITH(read_text_lines(make_file(folder / "list.txt", "one\n\0"sv)),
                      Catch::Contains("is no text: its byte 4 is NUL"));
  REQUIRE_THROWS_WITH(read_text_lines("/dev/zero"), Catch::Contains("is no text"));
  REQUIRE_THROWS_WITH(read_text_lines(folder.path()), Catch::Contains("is a folder"));
  REQUIRE_THROWS_WITH(read_text_lines(folder / "absent"), Catch::Contains("No such file"));
  REQUIRE(read_text_lines(make_file(folder / "empty", "")).empty());
}

TEST_CASE("lines come through a pipe") {
  const ScratchFolder folder;
  const auto pipe = folder / "pipe";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  std::thread writer([&] { std::ofstream(pipe) << "one\ntwo\n"; });
  const std::vector<TextLine> lines = read_text_lines(pipe);
  writer.join();
  REQUIRE(texts(lines) == std::vector<std::string>{"one", "two"});
}

}  // namespace
}  // namespace c3d
