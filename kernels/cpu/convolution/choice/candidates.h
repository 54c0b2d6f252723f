// Which implementations of the list may compute a convolution, and a model of their work that puts the
// likeliest first. Pure functions of the key, the processor's kernels and the number of threads.
#pragma once

#include <vector>

#include "engine/core/backend.h"
#include "kernels/cpu/convolution/choice/implementation_list.h"

namespace c3d::cpu {

struct Candidate {
  const ConvolutionKernel* kernel = nullptr;
  Implementation implementation;
  // The key has a window that the kernel cannot pool, or whose gradient it cannot read: pooling is an op of
  // its own, before or behind it.
  bool separate_pool = false;
  double work = 0;  // multiply-adds that take as long
};

// A pool as a key has it. Windows that overlap, are padded or leave gaps lie in no tile: {1, 1, 1}, and
// pooling is an op of its own whatever the kernel.
Extent3 window_of(const Pool3dGeometry& pool);

// The job as this kernel takes it. Backward data is the convolution of dy with the flipped filter and other
// padding for Winograd's kernels, and the transposed convolution for direct ones.
ConvolutionJob prepared(ConvolutionPass pass, const ConvolutionJob& job, const ConvolutionKernel& kernel);
// The filters of a job, without their pointer.
FilterJob filters_of(const ConvolutionKey& key);

// What a kernel multiplies for the key. Taps in the padding, outputs outside every window of a pool and what
// fills up vectors do not count: a kernel may leave them out.
Multiplications multiplications(const ConvolutionKey& key, const ConvolutionKernel& kernel);

// Least work first; empty where the set has no kernel for the types. A candidate whose packed filters would
// be larger than within_bytes (0: any size) is left out, unless it is direct.
std::vector<Candidate> candidates(const KernelSet& set, const ConvolutionKey& key);
// The largest of all candidates for the key.
std::int64_t max_filter_bytes(const KernelSet& set, ConvolutionKey key);

// The model takes the first; the others are worth a trial.
std::vector<Blocking> blockings(const ConvolutionKey& key, const ConvolutionKernel& kernel, int threads);

}  // namespace c3d::cpu
