#include "engine/core/text.h"

#include "catch.h"
#include "engine/core/fingerprint.h"

namespace c3d {
namespace {

TEST_CASE("only letters of ASCII are lowered") {
  CHECK(lower_ascii("CLIP [A-Z]@`.MP4") == "clip [a-z]@`.mp4");
  CHECK(lower_ascii("\xC3\x84\xFF") == "\xC3\x84\xFF");
  CHECK(lower_ascii("").empty());
}

TEST_CASE("blanks go at both ends and nowhere else") {
  CHECK(trimmed(" \t a b\r ") == "a b");
  CHECK(trimmed(" \t ").empty());
  CHECK(trimmed("a\n ") == "a\n");
}

TEST_CASE("a whole number is nothing else") {
  CHECK(whole_number("-12") == -12);
  CHECK(whole_number("9223372036854775807") == 9223372036854775807);
  for (const char* none : {"", " 1", "1 ", "1.0", "+1", "0x1", "9223372036854775808"})
    CHECK(!whole_number(none));
}

TEST_CASE("a fingerprint is that of FNV-1a") {
  CHECK(Fingerprint().text() == "cbf29ce484222325");
  Fingerprint fingerprint;
  fingerprint.add("foobar");
  CHECK(fingerprint.text() == "85944171f73967e8");
  CHECK(fingerprint.value() == 0x85944171f73967e8u);
  Fingerprint lines, text;
  lines.add_line("a");
  lines.add_line("b");
  text.add("a\nb\n");
  CHECK(lines.text() == text.text());
}

}  // namespace
}  // namespace c3d
