// The CPU backend: all cores of one machine, f32, and bf16 where the processor has the instructions.
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
  // bf16: convolutions multiply what they have rounded to bf16 in Winograd's points, twice as fast as floats
  // and with a noise of a few per cent; for inference. Else only activations and filters are bf16. With AMX
  // convolutions are direct in either case.
  bool bf16_products = false;
};

// Error when the processor has no bf16 products and bf16 was asked for, when tf32 was, or when it lacks the
// instruction set.
std::unique_ptr<Backend> make_cpu_backend(const CpuOptions& options);

}  // namespace c3d
