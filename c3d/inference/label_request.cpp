#include "c3d/inference/label_request.h"

#include <algorithm>

#include "c3d/common/bad_request.h"
#include "c3d/inference/loaded_network.h"
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

ReadOptions read_options(const NetworkRequest& a) {
  ReadOptions reading = read_options(a.clips);
  reading.readers = a.readers;
  return reading;
}

ClipSpec clip_spec(const NetworkRequest& a, const ModelInfo& info) {
  ClipSpec spec = clip_spec(a.clips, info);
  spec.first_frame = a.first_frame;
  if (a.window == 0) return spec;
  expect_request(a.window == spec.clip_frames,
                 "--window {}: these weights see clips of {} frames, so it can only be {}", a.window,
                 spec.clip_frames, spec.clip_frames);
  if (spec.step == 0) spec.step = std::max(1, a.window / 2);
  return spec;
}

std::string overlap_note(const LabelRequest& a, const ClipSpec& clip) {
  if (a.features_out.empty() || a.window == 0 || clip.step < a.window || clip.step >= clip.span()) return "";
  return fmt::format(
      "these weights were trained at a frame stride of {}: a window of {} frames spans {} of the video, and "
      "the "
      "next one begins {} after it, so that rows overlap; --step {} parts them, --frame-stride 1 takes "
      "frames "
      "that follow each other",
      clip.frame_stride, clip.clip_frames, clip.span(), clip.step, clip.span());
}

FeatureRule feature_rule(const LabelRequest& a, const Classifier& classifier) {
  return {.format = a.feature_format,
          .pooling = a.pooling(),
          .l2 = a.scales_rows(),
          .layer = caffe_name(a.network.feature),
          .extents = classifier.feature_extents(),
          .crops = a.averages_crops ? 1 : a.clips.crops,
          .averaged_crops = a.averages_crops ? a.clips.crops : 1,
          .l2_before_pooling = a.l2_before_pooling};
}

}  // namespace c3d
