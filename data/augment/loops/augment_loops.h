// The inner loops of augmentation, compiled for several instruction sets, whose results are the same: whole
// numbers alone. They work on sixteen frames at once. What a clip draws holds for all of its frames, so that
// the values of one place in sixteen frames stand beside each other, and one load, one weight and one store
// serve all sixteen: a row is u8 [3 colours][pixels][16 frames], and rows follow each other as they are. Any
// thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace c3d {

inline constexpr std::size_t kLanes = 16;  // frames worked on at once

// A pixel from four: at offset bytes from the source, one to the right, one below, and to the right of that.
struct PixelTap {
  std::int32_t offset = 0;
  std::array<std::uint16_t, 4> weight{};  // of 256
};

struct ColourMatrix {
  static constexpr int kOne = 1 << 12, kLevel = 8;
  std::array<std::array<std::int16_t, 3>, 3> factor{};  // [out][in], of kOne
  std::int16_t offset = 0;                              // in levels times kLevel
};

struct FiveWeights {
  std::uint16_t middle = 256, near = 0, far = 0;  // middle + 2 near + 2 far is 256
};

struct AugmentLoops {
  // From frames [16] of pixels of three bytes to a row whose colours lie `plane` bytes apart.
  void (*gather_frames)(const std::uint8_t* const* frames, std::size_t pixels, std::uint8_t* row,
                        std::size_t plane) = nullptr;
  // The way back, to the first `count` frames.
  void (*scatter_frames)(const std::uint8_t* row, std::size_t plane, std::size_t pixels,
                         std::uint8_t* const* frames, std::size_t count) = nullptr;
  // A row of `count` pixels; source lines are `line` bytes apart. The four pixels of each tap are read
  // whatever they weigh.
  void (*warp)(const std::uint8_t* source, std::size_t source_plane, std::size_t line, const PixelTap* taps,
               std::size_t count, std::uint8_t* row, std::size_t plane) = nullptr;
  // Each value from those at its place in five rows, the middle one third. `out` is none of them.
  void (*weigh_five)(const std::array<const std::uint8_t*, 5>& rows, FiveWeights weights, std::uint8_t* out,
                     std::size_t count) = nullptr;
  // In place. ColourMatrix's values fit 16 bits for all factors of brightness, contrast and saturation from 0
  // to 2.
  void (*recolour)(std::uint8_t* red, std::uint8_t* green, std::uint8_t* blue, const ColourMatrix& matrix,
                   std::size_t count) = nullptr;
  // values += noise * strength / 256, within 0 and 255. strength is at most 256.
  void (*add_noise)(std::uint8_t* values, const std::int8_t* noise, std::int16_t strength,
                    std::size_t count) = nullptr;
  // first becomes (first * weight + second * (256 - weight)) / 256.
  void (*blend)(std::uint8_t* first, const std::uint8_t* second, std::uint16_t weight,
                std::size_t count) = nullptr;
};

// Those this processor runs, the fastest first; never empty, the last are for any processor.
std::vector<const AugmentLoops*> usable_augment_loops();
const AugmentLoops& fastest_augment_loops();

// Of one set each; only a processor that runs it may call what is in them.
const AugmentLoops& portable_augment_loops();
const AugmentLoops& avx2_augment_loops();
const AugmentLoops& avx512_augment_loops();

}  // namespace c3d
