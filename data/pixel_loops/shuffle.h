// The bytes of each window by one shuffle. Only for files compiled with -mavx2 or more.
#pragma once

#include <immintrin.h>

#include "data/pixel_loops/pixel_loops.h"
#include "engine/core/instruction_set.h"

namespace c3d {

template <InstructionSet>
struct ByteShuffle {
  static void pick_bytes(const std::uint8_t* row, std::span<const ByteWindow> windows, std::uint16_t* out) {
    const ByteWindow* const window = windows.data();
    const std::size_t count = windows.size();
    for (std::size_t w = 0; w < count; ++w) {
      const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(row + window[w].from));
      const __m128i pick = _mm_loadu_si128(reinterpret_cast<const __m128i*>(&window[w].pick));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(out + window[w].to), _mm_shuffle_epi8(bytes, pick));
    }
  }
};

}  // namespace c3d
