#include <immintrin.h>

#include "data/byte_pairs.h"

namespace c3d {
namespace {

[[gnu::target("ssse3")]] void pick_bytes_shuffling(const std::uint8_t* row,
                                                   std::span<const ByteWindow> windows, std::uint16_t* out) {
  const auto load = [](const std::uint8_t* from) __attribute__((target("ssse3"))) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  };
  for (const ByteWindow& window : windows) {
    const __m128i pairs = _mm_shuffle_epi8(load(row + window.from), load(window.pick.data()));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + window.to), pairs);
  }
}

}  // namespace

PickBytes fastest_pick_bytes() {
  return __builtin_cpu_supports("ssse3") != 0 ? pick_bytes_shuffling : pick_bytes_plainly;
}

}  // namespace c3d
