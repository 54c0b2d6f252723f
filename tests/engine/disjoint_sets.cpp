#include "engine/core/disjoint_sets.h"

#include "catch.h"

using namespace c3d;

TEST_CASE("sets that are joined have one root, the least of their numbers") {
  DisjointSets sets(8);
  for (std::size_t i = 0; i < 8; ++i) CHECK(sets.root(i) == i);
  sets.join(5, 3);
  sets.join(7, 5);
  sets.join(2, 6);
  for (const std::size_t one : {3, 5, 7}) CHECK(sets.root(one) == 3);
  CHECK(sets.root(6) == 2);
  sets.join(7, 6);
  sets.join(3, 2);  // joined already
  for (const std::size_t one : {2, 3, 5, 6, 7}) CHECK(sets.root(one) == 2);
  for (const std::size_t one : {0, 1, 4}) CHECK(sets.root(one) == one);
}
