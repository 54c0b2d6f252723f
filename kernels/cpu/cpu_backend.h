// The CPU backend: all cores of one machine, f32, and bf16 where the processor has the instructions.
#pragma once

#include <memory>

#include "engine/core/backend.h"

namespace c3d {

struct CpuOptions {
  Precision precision = Precision::f32;
  int threads = 0;  // 0: one per core this process may use
};

// Error when the processor has no bf16 products and bf16 was asked for, or when tf32 was.
std::unique_ptr<Backend> make_cpu_backend(const CpuOptions& options);

}  // namespace c3d
