// What a run over videos is asked for: which weights, which videos, which clips of them, which outputs.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "c3d/inference/labeller.h"
#include "kernels/make_backend.h"

namespace c3d {

struct LabelRequest {
  std::filesystem::path weights;
  std::vector<std::string> videos;
  std::vector<std::filesystem::path> lists;
  std::size_t top = 5, batch = 10;
  int clips = 10, window = 0, step = 0, frame_stride = 0;
  Numbering numbering = Numbering::decode;
  double read_timeout = ReadLimits().timeout_seconds;
  std::string json, pool5, profile, map = to_string(NameMap::automatic);
  std::filesystem::path mean, overlay, timeline, features_out;
  Feature feature = Feature::none;
  FeatureFormat feature_format = FeatureFormat::npy;
  Pooling pool;
  bool l2 = false, resume = false;
  BackendSpec device;

  bool writes_files() const {
    return !features_out.empty() || !overlay.empty() || !timeline.empty() || !(json.empty() || json == "-");
  }
};

ClassifierOptions classifier_options(const LabelRequest& request);
// Error: a window of another length than the clips of these weights.
CutRule cut_rule(const LabelRequest& request, const ModelInfo& info);
FeatureRule feature_rule(const LabelRequest& request, const Classifier& classifier);

}  // namespace c3d
