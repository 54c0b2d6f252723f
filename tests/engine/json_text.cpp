#include "engine/io/json_text.h"

#include "catch.h"
#include "engine/io/json.h"

using namespace c3d;

TEST_CASE("names of any bytes come back from JSON as they were") {
  for (const std::string name :
       {"", "plain.mp4", "100 %.mp4", "caf\xc3\xa9.mp4", "caf\xe9.mp4", "50%\xff%41.mp4", "\xed\xa0\x80",
        "line\nend", "percent-encoded:", "percent-encoded:%41\xc3\xa9", "cut \xf0\x9f\x98"}) {
    const nlohmann::json json = json_name(name);
    CHECK(name_of_json(parse_json(dump_json(json)).get<std::string>()) == name);
  }
}

TEST_CASE("names that are UTF-8 stand in JSON as they are") {
  CHECK(json_name("100 %41 caf\xc3\xa9.mp4") == "100 %41 caf\xc3\xa9.mp4");
  CHECK(json_name("a%\xff") == "percent-encoded:a%25%FF");
  CHECK(json_name("percent-encoded:a") == "percent-encoded:percent-encoded:a");
}

TEST_CASE("a spelling that no name has is read without an error") {
  CHECK(name_of_json("percent-encoded:%zz%4") == "%zz%4");
  CHECK(name_of_json("percent-encoded:%") == "%");
}
