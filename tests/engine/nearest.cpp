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

TEST_CASE("nearest takes the first of equals and nothing of nothing") {
  CHECK(nearest("a", std::vector<std::string>{"b", "c"}) == "b");
  CHECK(nearest("", std::vector<std::string>{"long", "xy"}) == "xy");
  CHECK(nearest("a", std::vector<std::string>{}).empty());
}

}  // namespace
}  // namespace c3d
