#include "data/class_names.h"

#include "catch.h"

namespace c3d {
namespace {

TEST_CASE("names of classes are text on one line") {
  REQUIRE(is_class_name("Apply Eye Makeup"));
  REQUIRE(is_class_name("\xC3\xA9tirer"));
  for (const char* name : {"", " ", "a\nb", "a\tb", "\xC3", "\x1b[31m"}) REQUIRE_FALSE(is_class_name(name));
}

TEST_CASE("classes that differ in case or Unicode's spelling only are named") {
  REQUIRE(similar_class_notes({"run", "walk"}).empty());
  const auto notes = similar_class_notes({"Run", "run", "caf\xC3\xA9", "cafe\xCC\x81", "walk"});
  REQUIRE(notes.size() == 2);
  REQUIRE_THAT(notes[1], Catch::Contains("'Run', 'run'"));
}

}  // namespace
}  // namespace c3d
