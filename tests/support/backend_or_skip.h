// The backend that a test is for, or a skipped test where this build or this machine cannot have it.
#pragma once

#include <memory>
#include <string>

#include "kernels/cpu/cpu_backend.h"
#include "kernels/cuda/cuda_backend.h"
#include "kernels/make_backend.h"
#include "tests/support/skip.h"

namespace c3d {

// nullptr, and a line that says why, where there is no GPU, no CPU backend in this build, or no bf16 in this
// processor. Whatever else keeps the backend from being made is an Error, and so the test's failure.
inline std::unique_ptr<Backend> backend_or_skip(const BackendSpec& spec) {
  std::string obstacle;
  if (spec.device == "cuda" && cuda_device_count(&obstacle) > 0) obstacle.clear();
  if (spec.device == "cpu") {
    obstacle = cpu_backend_obstacle({.precision = spec.precision, .instruction_set = spec.instruction_set});
  }
  if (obstacle.empty()) return make_backend(spec);
  skip(obstacle);
  return nullptr;
}

inline std::unique_ptr<Backend> backend_or_skip(const std::string& device) {
  return backend_or_skip(BackendSpec{.device = device});
}

}  // namespace c3d
