// What a layer of a trained C3D makes of a video: a row of floats for each clip, and for each of its crops.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "c3d/export.h"
#include "c3d/video_classifier.h"
#include "c3d/video_network.h"

namespace c3d {

struct FeatureWindow {
  std::int64_t first_frame = 0;               // from 0
  double start_seconds = 0, end_seconds = 0;  // from the start of the video
};

struct VideoFeatures {
  std::vector<float> values;           // [rows, crops, size]
  std::int64_t rows = 0, size = 0;     // one row for each window
  std::int64_t crops = 1;              // as ClipOptions says, in its order
  std::vector<FeatureWindow> windows;  // in their order
  std::int64_t frames = 0;             // of the video
  std::vector<std::string> warnings;
};

// Owns the network and the memory of its device; one thread at a time uses it. A moved-from one may only be
// destroyed or assigned to.
class C3D_API FeatureExtractor {
 public:
  // layer: pool5 (in the order C D H W, as PyTorch flattens it), fc6, fc7 (both after ReLU), fc8 (logits) or
  // probabilities. Errors as of VideoClassifier, and a layer that is none of these.
  FeatureExtractor(const std::filesystem::path& weights, const std::string& layer,
                   const NetworkOptions& options = {});
  FeatureExtractor(const VideoNetwork& network, const std::string& layer);  // that others may use, too
  ~FeatureExtractor();
  FeatureExtractor(FeatureExtractor&& other) noexcept;
  FeatureExtractor& operator=(FeatureExtractor&& other) noexcept;

  // Of a row's crop: C, D, H, W; all but pool5 have only C.
  std::array<std::int64_t, 4> row_shape() const;
  std::string description() const;

  // Of a video file or folder of numbered pictures. Error: it cannot be read or decoded.
  VideoFeatures extract(const std::filesystem::path& video, const ClipOptions& options = {});
  // The same until stop_requested, asked between two clips, says true, which is an Error.
  VideoFeatures extract(const std::filesystem::path& video, const ClipOptions& options,
                        const std::function<bool()>& stop_requested);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// From a row for each window to the rows that are kept: pooling is none, mean, max, segments:N or
// segments:N:matlab (docs/features.md); with l2 each crop of a kept row is then scaled to length 1, one of
// zeros stays as it is. The windows of the result are those that a row is made of, from the first one's start
// to the last one's end. InvalidArgument: another pooling.
C3D_API VideoFeatures pool_features(const VideoFeatures& features, const std::string& pooling,
                                    bool l2 = false);

}  // namespace c3d
