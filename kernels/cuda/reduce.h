// The second half of every reduction over rows: partial sums, one row of them per block, added in a fixed
// order.
#pragma once

#include "kernels/cuda/launch.h"

namespace c3d::cuda {

// sums [channels] = the sum over the rows of partials [rows, channels], or has it added (adds).
cudaError_t sum_partials(const float* partials, std::int64_t rows, std::int64_t channels, float* sums,
                         bool adds, cudaStream_t stream);

}  // namespace c3d::cuda
