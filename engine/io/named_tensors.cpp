#include "engine/io/named_tensors.h"

#include <utility>

#include "engine/core/error.h"
#include "engine/core/nearest.h"

namespace c3d {

void NamedTensors::add(NamedTensor tensor) {
  expect(index_.try_emplace(tensor.name, tensors_.size()).second, "there are two tensors named '{}'",
         tensor.name);
  tensors_.push_back(std::move(tensor));
}

Tensor NamedTensors::add(const std::string& name, const Shape& shape, DType type) {
  const std::size_t bytes = static_cast<std::size_t>(shape.count()) * size_of(type);
  // new[] of std::byte is aligned for every element type.
  const std::shared_ptr<std::byte[]> memory(new std::byte[bytes]);  // NOLINT: make_shared would clear it
  const Tensor values(memory.get(), shape, type);
  add({name, values, memory});
  return values;
}

const NamedTensor* NamedTensors::find(const std::string& name) const {
  const auto found = index_.find(name);
  return found == index_.end() ? nullptr : &tensors_[found->second];
}

const NamedTensor& NamedTensors::at(const std::string& name) const {
  if (const NamedTensor* tensor = find(name)) return *tensor;
  expect(!tensors_.empty(), "there is no tensor '{}': there are no tensors at all", name);
  std::vector<std::string> names;
  names.reserve(tensors_.size());
  for (const NamedTensor& tensor : tensors_) names.push_back(tensor.name);
  fail("there is no tensor '{}'; the nearest name is '{}'", name, nearest(name, names));
}

std::optional<std::string> NamedTensors::metadata(const std::string& key) const {
  const auto found = metadata_.find(key);
  if (found == metadata_.end()) return std::nullopt;
  return found->second;
}

}  // namespace c3d
