// The kernels of a fully connected layer as one table per instruction set and type of weights, part of the
// tables in kernels/cpu/isa/kernels.h. Each call makes a part of one pass; the parts are independent,
// and what a part is cut into changes no result.
#pragma once

#include <cstdint>

namespace c3d::cpu {

// Plain data; pointers are borrowed for the call. Each pass reads and writes those of its own only.
struct LinearJob {
  std::int64_t rows = 0, inputs = 0, outputs = 0;
  const float* x = nullptr;      // [rows,inputs]
  const void* weight = nullptr;  // [outputs,inputs] of the table's type
  const void* bias = nullptr;    // [outputs] of the table's type
  bool relu = false;
  void* y = nullptr;          // [rows,outputs] of the table's type
  const float* dy = nullptr;  // [rows,outputs]
  float* dx = nullptr;        // [rows,inputs]
  float* dweight = nullptr;   // [outputs,inputs]
};

struct LinearKernels {
  // y of outputs first .. last - 1.
  void (*forward)(const LinearJob& job, std::int64_t first, std::int64_t last) = nullptr;
  // dx of inputs first .. last - 1.
  void (*backward_data)(const LinearJob& job, std::int64_t first, std::int64_t last) = nullptr;
  // dweight of outputs first .. last - 1.
  void (*backward_weight)(const LinearJob& job, std::int64_t first, std::int64_t last) = nullptr;
};

}  // namespace c3d::cpu
