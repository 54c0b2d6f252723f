// Strips of heat for pages about videos (c3d/report/thumbnails/heat_strips.h): where a network looks for a
// label in the clip in the middle of a video, by Grad-CAM at conv5b.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "c3d/explanation/grad_cam.h"
#include "c3d/report/thumbnails/heat_strips.h"
#include "data/frame_source.h"
#include "engine/core/clip_spec.h"
#include "kernels/make_backend.h"

namespace c3d {

// Of a device that computes heat beside other work: it measures no kernel, and keeps few transformed filters.
BackendSpec heat_backend(BackendSpec spec);

// One thread drives it, as the classifier, which it borrows.
class VideoHeat {
 public:
  // Frames of a video whole, and resized as the clips' are. May throw Error.
  using Open = std::function<std::unique_ptr<FrameSource>(const HeatVideo&)>;

  // spec: of the clips that the network sees.
  VideoHeat(Classifier& classifier, const ClipSpec& spec, Open open);
  // One for each of the video's labels. Error: its frames cannot be read.
  std::vector<LabelStrip> strips(const HeatVideo& video);

 private:
  ClipSpec spec_;  // of the clip in the middle
  Open open_;
  GradCam cam_;
};

}  // namespace c3d
