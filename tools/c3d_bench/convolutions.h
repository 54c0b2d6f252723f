// The eight convolutions of C3D at full size: what they read and how many filters they have.
#pragma once

#include <array>

#include "engine/core/geometry.h"

namespace c3d {

struct ConvLayer {
  const char* name;
  Extent3 input;
  std::int64_t inputs, used_inputs, outputs;
};
constexpr std::array kConvolutions{
    ConvLayer{"conv1", {16, 112, 112}, 8, 3, 64},    ConvLayer{"conv2", {16, 56, 56}, 64, 64, 128},
    ConvLayer{"conv3a", {8, 28, 28}, 128, 128, 256}, ConvLayer{"conv3b", {8, 28, 28}, 256, 256, 256},
    ConvLayer{"conv4a", {4, 14, 14}, 256, 256, 512}, ConvLayer{"conv4b", {4, 14, 14}, 512, 512, 512},
    ConvLayer{"conv5a", {2, 7, 7}, 512, 512, 512},   ConvLayer{"conv5b", {2, 7, 7}, 512, 512, 512},
};

}  // namespace c3d
