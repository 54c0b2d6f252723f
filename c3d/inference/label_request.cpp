#include "c3d/inference/label_request.h"

#include <algorithm>

#include "engine/core/error.h"

namespace c3d {
namespace {

// What the original calls the layer: its readers look for it in the file names.
const char* caffe_name(Feature feature) {
  switch (feature) {
    case Feature::pool5:
      return "pool5";
    case Feature::fc6:
      return "fc6-1";
    case Feature::fc7:
      return "fc7-1";
    case Feature::fc8:
      return "fc8-1";
    case Feature::probabilities:
    case Feature::none:
      break;
  }
  return "prob";
}

}  // namespace

ClassifierOptions classifier_options(const LabelRequest& a) {
  return classifier_options(a.map, a.profile, a.pool5, a.mean, a.feature);
}

CutRule cut_rule(const LabelRequest& a, const ModelInfo& info) {
  CutRule rule = cut_rule(info, a.frame_stride);
  rule.numbering = a.numbering;
  rule.clips = a.clips;
  rule.limits.timeout_seconds = a.read_timeout;
  if (a.window > 0) {
    expect(a.window == rule.clip_frames,
           "--window {}: these weights see clips of {} frames, so it can only be {}", a.window,
           rule.clip_frames, rule.clip_frames);
    rule.step = a.step > 0 ? a.step : std::max(1, a.window / 2);
  }
  return rule;
}

FeatureRule feature_rule(const LabelRequest& a, const Classifier& classifier) {
  return {.format = a.feature_format,
          .pooling = a.pool,
          .l2 = a.l2,
          .layer = caffe_name(a.feature),
          .extents = classifier.feature_extents()};
}

}  // namespace c3d
