// Host tensors by name, with text metadata: what every reader of weights returns and every writer takes.
// Each tensor keeps its memory alive through `owner` (a file in memory, a vector), so a NamedTensors is
// copied freely.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/tensor.h"

namespace c3d {

struct NamedTensor {
  std::string name;
  ConstTensor values;  // host memory
  std::shared_ptr<const void> owner;
};

class NamedTensors {
 public:
  // Order is kept; a name that is there already is an error.
  void add(NamedTensor tensor);
  // Adds fresh memory, not cleared, and returns a view to fill.
  Tensor add(const std::string& name, const Shape& shape, DType type);

  const NamedTensor* find(const std::string& name) const;  // nullptr: not there
  const NamedTensor& at(const std::string& name) const;    // an Error that names the nearest name
  const std::vector<NamedTensor>& all() const { return tensors_; }

  std::map<std::string, std::string>& metadata() { return metadata_; }
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  std::optional<std::string> metadata(const std::string& key) const;

 private:
  std::vector<NamedTensor> tensors_;
  std::map<std::string, std::size_t> index_;
  std::map<std::string, std::string> metadata_;
};

}  // namespace c3d
