// What is behind a VideoNetwork.
#pragma once

#include <filesystem>

#include "c3d/inference/loaded_network.h"
#include "c3d/video_network.h"

namespace c3d {

class VideoNetwork::Impl : public LoadedNetwork {
 public:
  Impl(const std::filesystem::path& weights, const NetworkOptions& options)
      : LoadedNetwork(weights, options, Feature::none) {}

  // For a run that keeps the values of this layer.
  Classifier& keeping(Feature feature) {
    classifier().keep(feature);
    return classifier();
  }
};

}  // namespace c3d
