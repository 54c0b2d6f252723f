#include "engine/core/frame_rate.h"

#include "catch.h"
#include "engine/core/error.h"

namespace c3d {
namespace {

TEST_CASE("a frame rate is a whole number, a decimal or a fraction, in lowest terms") {
  CHECK(parse_frame_rate("25") == FrameRate{25, 1});
  CHECK(parse_frame_rate("12.5") == FrameRate{25, 2});
  CHECK(parse_frame_rate("29.97") == FrameRate{2997, 100});
  CHECK(parse_frame_rate("30000/1001") == FrameRate{30000, 1001});
  CHECK(parse_frame_rate("50/2") == FrameRate{25, 1});
  CHECK(parse_frame_rate("0.001") == FrameRate{1, 1000});
  CHECK(parse_frame_rate("1000") == FrameRate{1000, 1});
  CHECK_FALSE(parse_frame_rate("file").is_given());
}

TEST_CASE("a frame rate survives its text") {
  for (const char* text : {"25", "30000/1001", "25/2", "file"}) {
    CHECK(to_string(parse_frame_rate(text)) == text);
  }
}

TEST_CASE("what is no frame rate or beyond all rates is refused with its range") {
  for (const char* text : {"", "0", "-25", "1e3", "1001", "0.0001", "25/0", "0/5", "/", "25/", "25.", ".5",
                           "25fps", "25 ", "nan", "1000000000000", "1.2.3", "30/1.001", "files"}) {
    CAPTURE(text);
    CHECK_THROWS_WITH(parse_frame_rate(text), Catch::Contains("from 0.001 to 1000") &&
                                                  Catch::Contains("30000/1001") && Catch::Contains("file"));
  }
}

}  // namespace
}  // namespace c3d
