// Philox4x32-10, the counter-based random generator of Salmon et al., "Parallel Random Numbers: As Easy as 1,
// 2, 3" (SC 2011). A pure function of (key, counter), so any thread or device computes any element alone.
// constexpr: the same code on host and device.
#pragma once

#include <cstdint>

namespace c3d {

struct PhiloxBlock {
  std::uint32_t word[4];
};

constexpr PhiloxBlock philox(std::uint64_t key, std::uint64_t counter_low, std::uint64_t counter_high) {
  std::uint32_t k0 = static_cast<std::uint32_t>(key), k1 = static_cast<std::uint32_t>(key >> 32);
  PhiloxBlock c{{static_cast<std::uint32_t>(counter_low), static_cast<std::uint32_t>(counter_low >> 32),
                 static_cast<std::uint32_t>(counter_high), static_cast<std::uint32_t>(counter_high >> 32)}};
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = 0xD2511F53ull * c.word[0], p1 = 0xCD9E8D57ull * c.word[2];
    c = {{static_cast<std::uint32_t>(p1 >> 32) ^ c.word[1] ^ k0, static_cast<std::uint32_t>(p1),
          static_cast<std::uint32_t>(p0 >> 32) ^ c.word[3] ^ k1, static_cast<std::uint32_t>(p0)}};
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return c;
}

static_assert(philox(0, 0, 0).word[0] == 0x6627e8d5u, "known answer of the paper's reference code");

// [0, 1) with 24 bits: exact in float.
constexpr float uniform_float(std::uint32_t bits) {
  return static_cast<float>(bits >> 8) * (1.0f / 16777216.0f);
}

// Whether dropout zeroes element `index` (a position in the whole accumulated batch) of dropout op `op` in
// step `step`. One block serves four elements. The same on every backend, recomputed in backward instead of a
// stored mask.
constexpr bool dropout_drops(std::uint64_t seed, std::uint64_t step, std::uint32_t op, std::uint64_t index,
                             float drop_probability) {
  const PhiloxBlock block = philox(seed, index / 4, (step << 8) | op);
  return uniform_float(block.word[index % 4]) < drop_probability;
}

}  // namespace c3d
