// What c3d_weights says of weights, as tables for people and JSON for programs.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/io/named_tensors.h"

namespace c3d {

struct TensorFacts {
  std::string name, ours, shape, type;   // ours: the name in our words; empty: none
  double least = 0, most = 0, mean = 0;  // of the finite values
  std::int64_t count = 0, not_finite = 0;
};
TensorFacts facts_of(const NamedTensor& tensor, const std::string& ours);
std::vector<TensorFacts> facts_of(const NamedTensors& tensors);
std::string facts_table(const std::vector<TensorFacts>& facts, const NamedTensors& tensors);
nlohmann::ordered_json facts_json(const std::vector<TensorFacts>& facts, const NamedTensors& tensors);

// One tensor of two files. `difference` is the largest absolute one; infinite where the shapes differ, one
// file lacks the tensor, or one holds a NaN where the other does not.
struct Difference {
  std::string name;
  double difference = 0;
  std::string why;  // of an infinite one
};
std::vector<Difference> differences(const NamedTensors& a, const NamedTensors& b);

}  // namespace c3d
