// The implementations of convolutions, as one ordered list that says which serves what. Pure functions.
#pragma once

#include <vector>

#include "kernels/cpu/convolution/choice/implementation.h"
#include "kernels/cpu/convolution/problem/key.h"
#include "kernels/cpu/isa/kernels.h"

namespace c3d::cpu {

struct ListedImplementation {
  Implementation implementation;
  const ConvolutionKernel* kernel = nullptr;  // the set's
};

// Those that compute the key's convolution, in the list's order; empty where the set has none for the types.
std::vector<ListedImplementation> implementations(const KernelSet& set, const ConvolutionKey& key);

}  // namespace c3d::cpu
