#include <arm_neon.h>

#include "data/pixel_loops/loops.h"

namespace c3d {
namespace {

// The bytes of each window by one look-up in a table of 16.
void pick_bytes(const std::uint8_t* row, std::span<const ByteWindow> windows, std::uint16_t* out) {
  const ByteWindow* const window = windows.data();
  const std::size_t count = windows.size();
  for (std::size_t w = 0; w < count; ++w) {
    const uint8x16_t bytes = vld1q_u8(row + window[w].from);
    const uint8x16_t pick = vld1q_u8(reinterpret_cast<const std::uint8_t*>(&window[w].pick));
    vst1q_u16(out + window[w].to, vreinterpretq_u16_u8(vqtbl1q_u8(bytes, pick)));
  }
}

}  // namespace

const PixelLoops& neon_pixel_loops() {
  static constexpr PixelLoops kLoops = [] {
    PixelLoops loops = pixel_loops_of<InstructionSet::neon>();
    loops.pick_bytes = pick_bytes;
    return loops;
  }();
  return kLoops;
}

}  // namespace c3d
