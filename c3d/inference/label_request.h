// What a run over videos is asked for: which weights, which videos, which clips of them, which outputs.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "c3d/inference/labeller.h"
#include "c3d/video_classifier.h"
#include "kernels/make_backend.h"

namespace c3d {

// Which network, and which clips of a video it sees.
struct NetworkRequest {
  std::filesystem::path weights;
  ClassifierOptions network;
  std::size_t batch = 10;
  ClipOptions clips;
  int window = 0;  // > 0: it slides over the video in place of clips that are spread over it
  BackendSpec device;
};

struct LabelRequest : NetworkRequest {
  std::vector<std::string> videos;
  std::vector<std::filesystem::path> lists;
  std::size_t top = 5;
  std::string json;  // file; -: standard output
  std::filesystem::path overlay, timeline, features_out;
  std::filesystem::path report;  // a page about all videos; empty: none
  FeatureFormat feature_format = FeatureFormat::npy;
  Pooling pool;
  bool l2 = false, resume = false;

  bool prints_json() const { return json == "-"; }
  bool writes_files() const {
    return !features_out.empty() || !overlay.empty() || !timeline.empty() || !(json.empty() || prints_json());
  }
};

// Error: a window of another length than the clips of these weights.
ClipSpec clip_spec(const NetworkRequest& request, const ModelInfo& info);
FeatureRule feature_rule(const LabelRequest& request, const Classifier& classifier);

}  // namespace c3d
