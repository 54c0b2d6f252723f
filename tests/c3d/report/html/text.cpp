#include "c3d/report/html/text.h"

#include "catch.h"
#include "engine/io/json.h"

namespace c3d {
namespace {

TEST_CASE("bytes that are not UTF-8 are shown as U+FFFD, and control characters are spelled", "[html]") {
  CHECK(shown_text("a\xFF\xC3") == "a\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(shown_text("caf\xC3\xA9 \xF0\x9F\x8E\xAC") == "caf\xC3\xA9 \xF0\x9F\x8E\xAC");
  CHECK(shown_text("two\nlines\x1B[31m") == "two\\nlines\\x1b[31m");
  CHECK(shown_text("turned \xE2\x80\xAEround") == "turned \\u202eround");
}

TEST_CASE("markup in a name is text of an element and of an attribute", "[html]") {
  CHECK(html_text("<b>\"a\" & 'b'</b>") == "&lt;b&gt;&quot;a&quot; &amp; &#39;b&#39;&lt;/b&gt;");
  CHECK(html_text("\xFF") == "\xEF\xBF\xBD");
}

TEST_CASE("an address of a file has every byte of its path", "[html]") {
  CHECK(file_url("/a b/\"<\xFF>?#%.mp4") == "file:///a%20b/%22%3C%FF%3E%3F%23%25.mp4");
  CHECK(file_url("/a/../b/./c.mp4") == "file:///b/c.mp4");
}

TEST_CASE("base64 has the examples of RFC 4648", "[html]") {
  CHECK(base64("").empty());
  CHECK(base64("f") == "Zg==");
  CHECK(base64("fo") == "Zm8=");
  CHECK(base64("foo") == "Zm9v");
  CHECK(base64("foob") == "Zm9vYg==");
  CHECK(base64("fooba") == "Zm9vYmE=");
  CHECK(base64("foobar") == "Zm9vYmFy");
  CHECK(base64("\xFF\xFE\xFD") == "//79");
  CHECK(data_uri("image/png", "foo") == "data:image/png;base64,Zm9v");
}

TEST_CASE("JSON in a page parses to what it was, and cannot end its element", "[html]") {
  const nlohmann::json json = {{"name", "</script><script>alert(1)</script><!-- & \\ \" \xE2\x80\xA8"}};
  const std::string element = json_element("data", dump_json(json));
  const std::string start = "<script type=\"application/json\" id=\"data\">", end = "</script>";
  REQUIRE(element.starts_with(start));
  REQUIRE(element.ends_with(end));
  const std::string inner = element.substr(start.size(), element.size() - start.size() - end.size());
  CHECK(inner.find('<') == std::string::npos);
  CHECK(parse_json(inner) == json);
}

}  // namespace
}  // namespace c3d
