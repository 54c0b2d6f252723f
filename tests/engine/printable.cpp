#include "engine/core/printable.h"

#include "catch.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

template <typename... Args>
std::string said_by_fail(LocatedFormat<std::type_identity_t<Args>...> format, const Args&... args) {
  try {
    fail<Args...>(format, args...);
  } catch (const Error& error) {
    return error.message();
  }
}

TEST_CASE("text that is fit for a terminal stays as it is") {
  for (const std::string text :
       {"", "a b.mp4", "back\\slash", "f\u00fc\u00df", "\u65e5\u672c.mkv", "\U0001F600"})
    CHECK(printable(text) == text);
}

TEST_CASE("what moves a cursor, turns text or is no UTF-8 is spelled out") {
  CHECK(printable("up\x1b[31mRED\x7f") == "up\\x1b[31mRED\\x7f");
  CHECK(printable("a\nb\r\tc") == "a\\nb\\r\\tc");
  CHECK(printable_lines("a\nb\r") == "a\nb\\r");
  CHECK(printable("\xc2\x9b"
                  "31m") == "\\u009b31m");  // the escape of eight bits
  CHECK(printable("\u202egpj.exe\u2028") == "\\u202egpj.exe\\u2028");
  CHECK(printable("\xff"
                  "a\xc3") == "\\xffa\\xc3");
  CHECK(printable("\xed\xa0\x80\xc0\xaf\xf4\x90\x80\x80") ==
        "\\xed\\xa0\\x80\\xc0\\xaf\\xf4\\x90\\x80\\x80");  // surrogate, overlong, above U+10FFFF
  CHECK(printable(printable("\x1b\xff")) == printable("\x1b\xff"));
}

TEST_CASE("is_utf8 accepts what the standard does") {
  CHECK(is_utf8("\u00fc\u65e5\U0001F600\U0010FFFF"));
  for (const std::string text : {"\xff", "a\xc3", "\xed\xa0\x80", "\xc0\xaf", "\xf4\x90\x80\x80"})
    CHECK_FALSE(is_utf8(text));
}

TEST_CASE("an error shows its arguments made printable, and lines where they are meant") {
  const std::filesystem::path path("a\nb\x1b.mp4");
  CHECK(said_by_fail("{}: {} of {}", path, std::string("\x1b[2J"), 3) == "a\\nb\\x1b.mp4: \\x1b[2J of 3");
  CHECK(said_by_fail("{}", Lines{"one\n  two\x1b"}) == "one\n  two\\x1b");
  const std::vector<std::string> names{"a\n", "b"};
  CHECK(said_by_fail("{}", fmt::join(names, ", ")) == "a\\n, b");
}

}  // namespace
}  // namespace c3d
