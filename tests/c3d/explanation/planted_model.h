// A network whose answers can be foreseen: channel 0 of each convolution is how red a place is, channel 1 how
// green, and the two labels weigh their means against each other. And the scene that it tells: a red and a
// green square move on grey.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "data/video_writer.h"
#include "engine/io/safetensors.h"
#include "kernels/reference/reference_backend.h"
#include "model/weight_layout.h"
#include "tests/support/small_model.h"

namespace c3d {

inline ModelInfo planted_info() {
  ModelInfo info = small_model_info();
  info.network.classes = 2;
  info.labels = {"red", "green"};
  info.preprocessing.mean = {0, 0, 0};
  info.preprocessing.scale = 1.0f / 255;
  return info;
}

inline void write_planted_model(const std::filesystem::path& path) {
  const ModelInfo info = planted_info();
  const auto backend = make_reference_backend();
  ParameterStore parameters;
  const C3d model(info.network, parameters);
  parameters.allocate(*backend, false);
  const auto weight_of = [&](const std::string& name) {
    const auto layer = std::ranges::find(model.layers(), name, &C3d::Layer::name);
    return parameters.master(layer->weight);
  };
  // The middle tap of one pair of channels of [K,3,3,3,C].
  const auto set_tap = [&](const std::string& layer, std::int64_t filter, std::int64_t channel, float value) {
    const Tensor weight = weight_of(layer);
    weight.as<float>()[(filter * 27 + 13) * weight.shape()[4] + channel] = value;
  };
  set_tap("conv1", 0, 0, 1);
  set_tap("conv1", 0, 1, -1);
  set_tap("conv1", 1, 1, 1);
  set_tap("conv1", 1, 0, -1);
  for (const char* layer : {"conv2", "conv3a", "conv3b", "conv4a", "conv4b", "conv5a", "conv5b"}) {
    set_tap(layer, 0, 0, 1);
    set_tap(layer, 1, 1, 1);
  }
  const auto set = [&](const char* layer, std::int64_t output, std::int64_t input, float value) {
    const Tensor weight = weight_of(layer);
    weight.as<float>()[output * weight.shape()[1] + input] = value;
  };
  const std::int64_t places = model.pool5_extent().volume();
  const std::int64_t channels = model.layers()[8].inputs / places;
  for (std::int64_t place = 0; place < places; ++place) {
    for (const std::int64_t own : {0, 1}) {
      set("fc6", own, place * channels + own, 1 / static_cast<float>(places));
    }
  }
  for (const std::int64_t own : {0, 1}) {
    set("fc7", own, own, 1);
    set("fc8", own, own, 10);
    set("fc8", own, 1 - own, -10);
  }
  NamedTensors tensors = export_parameters(model, parameters, *backend, parameters.all_values());
  tensors.metadata() = to_metadata(info);
  write_safetensors(path, tensors);
}

inline constexpr int kPlantedWidth = 96, kPlantedHeight = 72, kPlantedFrames = 40, kPlantedSide = 16;

struct PlantedPlace {
  int top = 0, left = 0;
};
// The red square moves down on the left, the green one up on the right, and is a little smaller.
inline PlantedPlace red_place(int frame) { return {6 + frame, 20}; }
inline PlantedPlace green_place(int frame) { return {50 - frame, 58}; }

inline void write_planted_scene(const std::filesystem::path& path) {
  VideoWriter writer(path, {.width = kPlantedWidth, .height = kPlantedHeight, .quality = 10});
  for (int frame = 0; frame < kPlantedFrames; ++frame) {
    std::vector<std::uint8_t> rgb(std::size_t{kPlantedWidth} * kPlantedHeight * 3, 128);
    const auto fill = [&](PlantedPlace place, int side, std::array<std::uint8_t, 3> color) {
      for (int y = place.top; y < place.top + side; ++y) {
        for (int x = place.left; x < place.left + side; ++x) {
          std::ranges::copy(color, rgb.begin() + 3 * (y * kPlantedWidth + x));
        }
      }
    };
    fill(red_place(frame), kPlantedSide, {220, 30, 30});
    fill(green_place(frame), kPlantedSide - 4, {30, 220, 30});
    writer.write(rgb);
  }
  writer.finish();
}

}  // namespace c3d
