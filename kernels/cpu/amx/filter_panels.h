// Filters as the tiles' products want them: [out block of 32][chunk][tap][2 halves][16 pairs][16 outputs][2],
// a pair being two neighbouring input channels. Missing channels are zero.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "engine/core/bfloat16.h"
#include "kernels/cpu/winograd/job.h"

namespace c3d::cpu {

template <typename V>
class FilterPanels {
 public:
  static constexpr std::int64_t kOut = 32, kIn = 32, kStepBytes = kOut * kIn * 2;

  static std::int64_t block_bytes(std::int64_t in_channels, std::int64_t taps) {
    return ceil_div(in_channels, kIn) * taps * kStepBytes;
  }
  static std::int64_t bytes(const FilterJob& job) {
    return ceil_div(job.out_channels(), kOut) * block_bytes(job.in_channels(), job.kernel.volume());
  }

  static void pack(int threads, const FilterJob& job, std::byte* packed) {
    const std::int64_t blocks = ceil_div(job.out_channels(), kOut), chunks = ceil_div(job.in_channels(), kIn);
    const std::int64_t taps = job.kernel.volume();
#pragma omp parallel for collapse(2) num_threads(threads) schedule(static)
    for (std::int64_t block = 0; block < blocks; ++block) {
      for (std::int64_t chunk = 0; chunk < chunks; ++chunk) {
        for (std::int64_t tap = 0; tap < taps; ++tap) {
          auto* to =
              reinterpret_cast<BFloat16*>(packed + ((block * chunks + chunk) * taps + tap) * kStepBytes);
          pack_step(job, block * kOut, chunk * kIn, tap, to);
        }
      }
    }
  }

 private:
  static void pack_step(const FilterJob& job, std::int64_t out, std::int64_t in, std::int64_t tap,
                        BFloat16* to) {
    const std::int64_t outs = std::min(kOut, job.out_channels() - out),
                       ins = std::min(kIn, job.in_channels() - in);
    const std::int64_t taps = job.kernel.volume();
    if (outs < kOut || ins < kIn)
      std::memset(static_cast<void*>(to), 0, static_cast<std::size_t>(kStepBytes));
    const auto* filter = static_cast<const BFloat16*>(job.filter) + tap * job.channels;
    for (std::int64_t o = 0; o < outs; ++o) {
      const std::int64_t lane = (o / 16 * 256 + o % 16) * 2;
      if (job.mirrored) {  // filters are inputs
        for (std::int64_t i = 0; i < ins; ++i)
          to[lane + i / 2 * 32 + i % 2] = filter[(in + i) * taps * job.channels + out + o];
      } else {
        const BFloat16* from = filter + (out + o) * taps * job.channels + in;
        for (std::int64_t i = 0; i < ins; ++i) to[lane + i / 2 * 32 + i % 2] = from[i];
      }
    }
  }
};

}  // namespace c3d::cpu
