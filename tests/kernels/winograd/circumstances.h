// What the kernels are tested under: every kernel this processor runs, every pass, and the values of what
// else matters.
#pragma once

#include <array>
#include <vector>

#include "draws.h"
#include "judged_convolution.h"

namespace c3d::cpu {

inline constexpr std::array<ConvolutionPass, 3> kPasses{
    ConvolutionPass::forward, ConvolutionPass::backward_data, ConvolutionPass::backward_filter};
inline constexpr std::array<Extent3, 6> kExtents{
    {{1, 1, 1}, {1, 4, 11}, {3, 7, 9}, {5, 6, 5}, {4, 9, 10}, {8, 8, 8}}};
inline constexpr std::array<Extent3, 5> kPads{{{1, 1, 1}, {0, 0, 0}, {2, 2, 2}, {0, 1, 2}, {1, 0, 1}}};
inline constexpr std::array<std::int64_t, 9> kChannels{3, 5, 16, 24, 33, 64, 130, 256, 512};
inline constexpr std::array<std::int64_t, 8> kOutChannels{3, 8, 31, 33, 64, 100, 256, 512};
inline constexpr std::array<Blocking, 6> kBlockings{{{1, Division::private_tiles},
                                                     {13, Division::private_tiles},
                                                     {13, Division::output_channels},
                                                     {400, Division::output_channels},
                                                     {13, Division::transform_points},
                                                     {400, Division::transform_points}}};
inline constexpr std::int64_t kMostClips = 9;
// No pooling; windows of one depth and of two, each with positions of the largest and without.
inline constexpr std::int64_t kWindows = 5;

// Each as a case with set, types, algorithm and tile. Once each: a kernel whose run and gradient are another's
// is not tested again.
std::vector<ConvolutionCase> kernel_cases();

void set_window(ConvolutionCase& test, std::int64_t window);  // 0 .. kWindows - 1

// Towards what its kernel and its pass can have: the stem uses few channels; what pools has ReLU;
// gradients of filters have neither bias nor ReLU; other kernels and strides are for the direct form, half of
// whose cases get them where `other_kernels`.
void adapt(ConvolutionCase& test, Draws& draws, bool other_kernels = true);

}  // namespace c3d::cpu
