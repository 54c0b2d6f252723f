// C3D's layers in one table (Tran et al. 2015, section 3.3): eight 3x3x3 convolutions with stride 1 and
// padding 1, five max-pools, three linear layers, ReLU after all but the last. Whatever knows the network's
// names or sizes reads them here. Plain constexpr data; weights/ may include it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "engine/core/geometry.h"
#include "model/c3d_config.h"

namespace c3d {

struct C3dPool {
  const char* name = nullptr;  // null: no pool
  Extent3 window{2, 2, 2};     // and stride
  bool pads = false;           // H and W, as the Pool5Rule says

  constexpr explicit operator bool() const { return name != nullptr; }
  constexpr Pool3dGeometry geometry(Pool5Rule rule) const {
    Pool3dGeometry pool{.kernel = window, .stride = window};
    if (pads) pool.pad_after = {0, 1, 1};
    if (pads && rule == Pool5Rule::pytorch) pool.pad_before = {0, 1, 1};
    return pool;
  }
};

struct C3dLayer {
  const char* name;                 // of its parameters: "conv1.weight", "conv1.bias"
  std::int64_t outputs;             // filters or features at width 1; 0: one for each class
  C3dPool pool = {};                // what follows
  Conv3dGeometry convolution = {};  // of those that are convolutions
};

inline constexpr std::array kC3dLayers{
    C3dLayer{"conv1", 64, {.name = "pool1", .window = {1, 2, 2}}, {.valid_input_channels = kColours}},
    C3dLayer{"conv2", 128, {.name = "pool2"}},
    C3dLayer{"conv3a", 256},
    C3dLayer{"conv3b", 256, {.name = "pool3"}},
    C3dLayer{"conv4a", 512},
    C3dLayer{"conv4b", 512, {.name = "pool4"}},
    C3dLayer{"conv5a", 512},
    C3dLayer{"conv5b", 512, {.name = "pool5", .pads = true}},
    C3dLayer{"fc6", 4096},
    C3dLayer{"fc7", 4096},
    C3dLayer{"fc8", 0},
};
inline constexpr std::size_t kC3dConvolutionCount = 8;
inline constexpr auto kC3dConvolutions = std::span(kC3dLayers).first<kC3dConvolutionCount>();
inline constexpr auto kC3dLinears = std::span(kC3dLayers).subspan<kC3dConvolutionCount>();

// A layer by its name, which must stand in the table.
constexpr const C3dLayer& c3d_layer(std::string_view name) {
  std::size_t i = 0;
  while (kC3dLayers.at(i).name != name) ++i;
  return kC3dLayers[i];
}

// What the layers of a network read and give.
struct C3dSizes {
  struct Convolution {
    C3dLayer layer;
    Extent3 input;
    std::int64_t inputs, valid_inputs, outputs;  // channels
  };
  struct Linear {
    const char* name;
    std::int64_t inputs, outputs;
  };
  std::array<Convolution, kC3dConvolutions.size()> convolutions{};
  std::array<Linear, kC3dLinears.size()> linears{};
};
constexpr C3dSizes c3d_sizes(const C3dConfig& config) {
  C3dSizes sizes;
  Extent3 extent{config.clip_frames, config.crop, config.crop};
  std::int64_t inputs = kClipChannels, valid_inputs = kColours;
  for (std::size_t i = 0; i < sizes.convolutions.size(); ++i) {
    const C3dLayer& layer = kC3dConvolutions[i];
    const std::int64_t outputs = scaled_channels(layer.outputs, config.width);
    sizes.convolutions[i] = {layer, extent, inputs, valid_inputs, outputs};
    inputs = valid_inputs = outputs;
    if (layer.pool) extent = output_extent(layer.pool.geometry(config.pool5), extent);
  }
  std::int64_t features = extent.volume() * inputs;
  for (std::size_t i = 0; i < sizes.linears.size(); ++i) {
    const std::int64_t outputs =
        kC3dLinears[i].outputs == 0 ? config.classes : scaled_channels(kC3dLinears[i].outputs, config.width);
    sizes.linears[i] = {kC3dLinears[i].name, features, outputs};
    features = outputs;
  }
  return sizes;
}
// Of C3dConfig's defaults, whose width is 1.
inline constexpr C3dSizes kC3dFullSize = c3d_sizes({});
static_assert(kC3dFullSize.linears[0].inputs == 8192 && kC3dFullSize.linears[2].outputs == 101);

}  // namespace c3d
