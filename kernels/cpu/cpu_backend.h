// The CPU backend: all cores of one machine, f32, and bf16 where the processor has the instructions. fp8, for
// inference alone, has the numbers of 8 bits and the speed of f32 at best (eight_bit/rounded_ops.h).
#pragma once

#include <memory>
#include <string>

#include "engine/core/backend.h"

namespace c3d {

struct CpuOptions {
  Precision precision = Precision::f32;
  int threads = 0;  // 0: one per core this process may use
  // amx, avx512, avx2 or portable; empty: the best this processor has.
  std::string instruction_set = {};
  bool direct_convolution = false;  // no Winograd
  // With bf16, for inference: convolutions may round transformed values to bf16 and multiply those, with a
  // noise of a few per cent, where that is faster. Else only activations and filters are bf16. AMX multiplies
  // bf16 in either case.
  bool bf16_products = false;
  // How the kernel of each convolution is chosen: measured when its shape first comes, or by a model of the
  // work alone. For inference the time of transforming filters does not count: they do not change.
  bool measure = false, inference = false;
  std::size_t max_packed_bytes = 0;  // of transformed filters kept at a time; 0: no bound
};

// Why this build or this processor has no backend with these options, in one line; empty where it has one.
// Error when the processor lacks the instruction set asked for.
std::string cpu_backend_obstacle(const CpuOptions& options);

// Error with that line where there is an obstacle.
std::unique_ptr<Backend> make_cpu_backend(const CpuOptions& options);

}  // namespace c3d
