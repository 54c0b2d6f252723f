// Finds the fastest of some kernels by running them: each a couple of times, as long as it may still win,
// then the winner with other blocks of tiles.
#pragma once

#include <functional>
#include <vector>

#include "kernels/cpu/convolution/choice/candidates.h"

namespace c3d::cpu {

// How the convolution at hand is run by a candidate.
struct Trials {
  // Transforms its filters for the runs that follow; what another candidate had is gone.
  std::function<void(const Candidate&)> pack;
  // The convolution of the first `clips` clips.
  std::function<void(const Candidate&, const Blocking&, std::int64_t clips)> run;
};

struct Fastest {
  Candidate candidate;
  Blocking blocking;
};

// `candidates`: of the key, best estimate first, not empty. Of a large batch only as many clips are run as
// take some milliseconds; where the key is of training, the time of packing counts.
Fastest measure(const ConvolutionKey& key, const std::vector<Candidate>& candidates, int threads,
                const Trials& trials);

}  // namespace c3d::cpu
