// The ways to compute a convolution that a table of kernels may have.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace c3d::cpu {

// Direct computes each output by itself. Winograd's algorithm computes tiles of d x h x w outputs: bigger
// tiles multiply less and round more. Those along depth alone are AMX's. The small-channel one takes inputs
// of at most kMaxStemChannels channels, whose taps of depth lie side by side in a vector.
enum class Algorithm : std::uint8_t {
  direct,
  winograd_1x4x4,
  winograd_2x2x2,
  winograd_2x4x4,
  winograd_4x4x4,
  winograd_2x1x1,
  winograd_4x1x1,
  stem_1x4x4,
};
inline constexpr std::size_t kAlgorithms = 8;
// Of a small-channel input, such as a clip's colours.
inline constexpr std::int64_t kMaxStemChannels = 4;

// As plans have them; the stem's name is that of older versions. None ends in " f32", " bf16" or " + pool".
inline constexpr std::array<const char*, kAlgorithms> kAlgorithmNames{
    "direct", "1x4x4", "2x2x2", "2x4x4", "4x4x4", "2x1x1", "4x1x1", "1x4x4 narrow"};
static_assert(kAlgorithmNames.back() != nullptr);

constexpr const char* name_of(Algorithm algorithm) {
  return kAlgorithmNames[static_cast<std::size_t>(algorithm)];
}

}  // namespace c3d::cpu
