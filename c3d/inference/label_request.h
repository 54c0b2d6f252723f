// What a run over videos is asked for: which weights, which videos, which clips of them, which outputs.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "c3d/inference/labeller.h"
#include "c3d/video_classifier.h"
#include "kernels/make_backend.h"

namespace c3d {

struct LabelRequest {
  std::filesystem::path weights;
  std::vector<std::string> videos;
  std::vector<std::filesystem::path> lists;
  ClassifierOptions network;
  std::size_t top = 5, batch = 10;
  ClipOptions clips;
  int window = 0;    // > 0: it slides over the video in place of clips that are spread over it
  std::string json;  // file; -: standard output
  std::filesystem::path overlay, timeline, features_out;
  std::filesystem::path report;  // a page about all videos; empty: none
  FeatureFormat feature_format = FeatureFormat::npy;
  Pooling pool;
  bool l2 = false, resume = false;
  BackendSpec device;

  bool prints_json() const { return json == "-"; }
  bool writes_files() const {
    return !features_out.empty() || !overlay.empty() || !timeline.empty() || !(json.empty() || prints_json());
  }
};

// Error: a window of another length than the clips of these weights.
ClipSpec clip_spec(const LabelRequest& request, const ModelInfo& info);
FeatureRule feature_rule(const LabelRequest& request, const Classifier& classifier);

}  // namespace c3d
