#include "engine/core/nearest.h"

#include <vector>

#include "catch.h"

namespace c3d {
namespace {

TEST_CASE("nearest finds the word that was meant") {
  const std::vector<std::string> keys{"learning_rate", "momentum", "weight_decay", "width"};
  CHECK(nearest("learning_rat", keys) == "learning_rate");
  CHECK(nearest("lerning_rate", keys) == "learning_rate");
  CHECK(nearest("momentmu", keys) == "momentum");
  CHECK(nearest("widht", keys) == "width");
  CHECK(nearest("width", keys) == "width");
}

TEST_CASE("two letters that changed places are one slip") {
  CHECK(nearest("rian", std::vector<std::string>{"run", "ran", "rain"}) == "ran");
  CHECK(nearest("rian", std::vector<std::string>{"run", "rain"}) == "rain");
  CHECK(nearest("wlak", std::vector<std::string>{"lake", "walk"}) == "walk");
}

TEST_CASE("nearest takes the first of equals and nothing of nothing") {
  CHECK(nearest("a", std::vector<std::string>{"b", "c"}) == "b");
  CHECK(nearest("", std::vector<std::string>{"long", "xy"}) == "xy");
  CHECK(nearest("a", std::vector<std::string>{}).empty());
}

TEST_CASE("a slip of the pen is near and another word is not") {
  CHECK(is_near("fxed", "fixed"));
  CHECK(is_near("Fixed", "fixed"));
  CHECK(is_near("messured", "measured"));
  CHECK(is_near("fixed", "fixed"));
  CHECK_FALSE(is_near("mine", "fixed"));
  CHECK_FALSE(is_near("plans", "measured"));
  CHECK_FALSE(is_near("", "fixed"));
}

}  // namespace
}  // namespace c3d
