// Which kernels may compute a convolution, and a model of their work that puts the likeliest first. Pure
// functions of the key, the processor's kernels and the number of threads.
#pragma once

#include <string>
#include <vector>

#include "kernels/cpu/convolution/choice/plan.h"
#include "kernels/cpu/isa/kernels.h"

namespace c3d::cpu {

struct Candidate {
  const ConvolutionKernel* kernel = nullptr;
  std::string name;            // of ConvolutionChoice
  bool separate_pool = false;  // it cannot pool the key's window
  double work = 0;             // multiply-adds that take as long
};

// A job of the key for this kernel: backward data is the convolution of dy with the mirrored filter (other
// padding) for Winograd's, and the transposed convolution for direct ones.
ConvolutionJob prepared(ConvolutionPass pass, const ConvolutionJob& job, const ConvolutionKernel& kernel);
// The filters of a job, without their pointer.
FilterJob filters_of(const ConvolutionKey& key);

// Least work first; empty where the set has no kernel for the type. Those whose packed filters would be
// larger than within_bytes (0: any) are left out, but for the direct ones.
std::vector<Candidate> candidates(const KernelSet& set, const ConvolutionKey& key);
// Of all candidates for the key.
std::int64_t most_filter_bytes(const KernelSet& set, ConvolutionKey key);

// The first is what the model takes; the others are worth a trial.
std::vector<Blocking> blockings(const ConvolutionKey& key, const ConvolutionKernel& kernel, int threads);

}  // namespace c3d::cpu
