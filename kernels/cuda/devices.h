// Which GPUs there are, and what stands in the way where there is none.
#pragma once

#include <cuda_runtime_api.h>

#include <string>

namespace c3d::cuda {

// Throws Error unless GPU `number` can run this build; returns its properties.
cudaDeviceProp usable_device(int number);

}  // namespace c3d::cuda
