#include "kernels/cpu/isa/multiply_add_rate.h"

#include <algorithm>
#include <chrono>

namespace c3d::cpu {
namespace {

constexpr int kRuns = 8;
constexpr double kEnoughSeconds = 2e-3;  // starting the team takes some microseconds

struct Run {
  double multiply_adds = 0, seconds = 0;
};

Run run(const TypeKernels& kernels, int threads, std::int64_t rounds) {
  using Clock = std::chrono::steady_clock;
  Run result;
  const Clock::time_point start = Clock::now();
  double done = 0;
#pragma omp parallel num_threads(threads) reduction(+ : done)
  {
    float sum = 0;
    done += kernels.multiply_adds(rounds, &sum);
  }
  result.multiply_adds = done;
  result.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return result;
}

}  // namespace

double multiply_add_rate(const TypeKernels& kernels, int threads) {
  std::int64_t rounds = 1024;
  while (run(kernels, threads, rounds).seconds < kEnoughSeconds) rounds *= 2;
  double best = 0;
  for (int i = 0; i < kRuns; ++i) {
    const Run one = run(kernels, threads, rounds);
    best = std::max(best, one.multiply_adds / one.seconds);
  }
  return best;
}

}  // namespace c3d::cpu
