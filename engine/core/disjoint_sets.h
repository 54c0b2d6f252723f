// Sets of numbers that grow together (B. Galler, M. Fischer, "An improved equivalence algorithm", CACM 1964).
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

namespace c3d {

// Of the numbers below `count`, at first each in a set of its own. Of one thread.
class DisjointSets {
 public:
  explicit DisjointSets(std::size_t count) : parent_(count) {
    std::iota(parent_.begin(), parent_.end(), std::size_t{0});
  }
  // The least number of a set stands for it.
  std::size_t root(std::size_t one) {
    while (parent_[one] != one) one = parent_[one] = parent_[parent_[one]];
    return one;
  }
  void join(std::size_t a, std::size_t b) {
    const auto [first, second] = std::minmax({root(a), root(b)});
    parent_[second] = first;
  }

 private:
  std::vector<std::size_t> parent_;
};

}  // namespace c3d
