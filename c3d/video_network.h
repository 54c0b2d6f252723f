// A trained C3D on its device, for all that can be asked of it: what shares a VideoNetwork shares its memory.
//
//   const c3d::VideoNetwork network("best.safetensors");
//   c3d::VideoClassifier classifier(network);
//   c3d::FeatureExtractor extractor(network, "fc6");
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "c3d/export.h"
#include "c3d/video_classifier.h"

namespace c3d {

// A copy is the same network, and so are all that were made from it: one thread at a time uses any of them.
class C3D_API VideoNetwork {
 public:
  // Errors as of VideoClassifier.
  explicit VideoNetwork(const std::filesystem::path& weights, const NetworkOptions& options = {});

  const std::vector<std::string>& labels() const;  // of the classes, in the network's order
  bool has_label_sets() const;                     // a video shows any number of the labels, none too
  const std::vector<double>& thresholds() const;   // as VideoClassifier's
  std::string description() const;                 // the device, and how frames become scores
  // Frames, height and width of a clip as the network reads it, after cropping.
  std::array<std::int64_t, 3> input_size() const;

  class Impl;  // of the library's own
  const std::shared_ptr<Impl>& impl() const { return impl_; }

 private:
  std::shared_ptr<Impl> impl_;
};

}  // namespace c3d
