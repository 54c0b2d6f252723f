// Files of tests/golden/weights, and the values that tools/scripts/make_caffe_golden.py and make_chainer_golden.py put
// into tensors.
#pragma once

#include <cstdint>
#include <filesystem>
#include <numeric>
#include <string>

#include "engine/core/tensor.h"

namespace c3d {

inline std::filesystem::path golden(const std::string& name) {
  return std::filesystem::path(C3D_SOURCE_DIR) / "tests/golden/weights" / name;
}

inline float golden_value(const std::string& name, std::int64_t i) {
  const std::int64_t sum = std::accumulate(name.begin(), name.end(), std::int64_t{0});
  return static_cast<float>((i * 7 + sum) % 101 - 50) / 64;
}

inline bool holds_values(const ConstTensor& values, const std::string& name) {
  for (std::int64_t i = 0; i < values.count(); ++i) {
    if (values.as<float>()[i] != golden_value(name, i)) return false;
  }
  return true;
}

}  // namespace c3d
