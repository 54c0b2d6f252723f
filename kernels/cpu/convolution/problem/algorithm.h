// The ways to compute a convolution that a table of kernels may have.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace c3d::cpu {

// Direct computes each output by itself. Winograd's algorithm computes tiles of d x h x w outputs: bigger
// tiles multiply less and round more. Those along depth alone are AMX's. The stem's take inputs of at most
// kMaxStemChannels channels: in tiles of 1 x 4 x 4 the taps of depth lie side by side in a vector; those
// along width alone, whose filters' gradient is direct, are for few output channels.
enum class Algorithm : std::uint8_t {
  direct,
  winograd_1x4x4,
  winograd_2x2x2,
  winograd_2x4x4,
  winograd_4x4x4,
  winograd_2x1x1,
  winograd_4x1x1,
  stem_1x4x4,
  stem_1x1x4,
};
inline constexpr std::size_t kAlgorithms = 9;
// Of a small-channel input, such as a clip's colours.
inline constexpr std::int64_t kMaxStemChannels = 4;

constexpr bool is_stem(Algorithm algorithm) {
  return algorithm == Algorithm::stem_1x4x4 || algorithm == Algorithm::stem_1x1x4;
}

// As plans have them; the stems' name is that of older versions. None ends in " f32", " bf16" or " + pool".
inline constexpr std::array<const char*, kAlgorithms> kAlgorithmNames{
    "direct", "1x4x4", "2x2x2", "2x4x4", "4x4x4", "2x1x1", "4x1x1", "1x4x4 narrow", "1x1x4 narrow"};
static_assert(kAlgorithmNames.back() != nullptr);

constexpr const char* name_of(Algorithm algorithm) {
  return kAlgorithmNames[static_cast<std::size_t>(algorithm)];
}

}  // namespace c3d::cpu
