// What PyTorch computed in float64 (tests/golden, written by tools/scripts/make_golden.py), and how near a
// backend comes to it: ||a - b|| / ||b|| in the 2-norm.
#pragma once

#include <cmath>
#include <cstring>
#include <filesystem>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "engine/core/backend.h"
#include "engine/io/safetensors.h"
#include "tests/support/backend_or_skip.h"

namespace c3d {

inline NamedTensors read_golden(const std::string& name) {
  return read_safetensors(std::filesystem::path(C3D_SOURCE_DIR) / "tests/golden" / (name + ".safetensors"));
}

// The tensors whose name starts with `prefix`, without it.
inline NamedTensors with_prefix(const NamedTensors& tensors, const std::string& prefix) {
  NamedTensors result;
  for (NamedTensor tensor : tensors.all()) {
    if (!tensor.name.starts_with(prefix)) continue;
    tensor.name.erase(0, prefix.size());
    result.add(tensor);
  }
  return result;
}

template <typename T>
std::vector<T> words_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<T> words;
  for (T word; stream >> word;) words.push_back(word);
  return words;
}

inline void upload(Backend& backend, const ConstTensor& from, const Tensor& to) {
  backend.copy(from.reshaped(to.shape()), to);
  backend.synchronize();
}

inline std::vector<float> download(Backend& backend, const ConstTensor& from) {
  std::vector<float> values(static_cast<std::size_t>(from.count()));
  backend.copy(from, host_tensor(values.data(), from.shape()));
  backend.synchronize();
  return values;
}

inline double relative_error(const float* a, const float* b, std::int64_t count) {
  double difference = 0, size = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    difference += std::pow(static_cast<double>(a[i]) - b[i], 2);
    size += std::pow(static_cast<double>(b[i]), 2);
  }
  return size == 0 ? std::sqrt(difference) : std::sqrt(difference / size);
}

inline double relative_error(Backend& backend, const ConstTensor& computed, const NamedTensor& golden) {
  expect(computed.count() == golden.values.count(), "{}: {} computed, {} expected", golden.name,
         to_string(computed.shape()), to_string(golden.values.shape()));
  return relative_error(download(backend, computed).data(), golden.values.as<float>(), computed.count());
}

}  // namespace c3d
