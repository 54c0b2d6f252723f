// The explanation of a video that was labelled: its clips are read once more and go through GradCam.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "c3d/explanation.h"
#include "c3d/explanation/grad_cam.h"
#include "c3d/inference/inputs.h"
#include "c3d/inference/label_selection.h"
#include "c3d/inference/video_result.h"

namespace c3d {

struct ExplanationRule {
  std::size_t batch = 10;  // clips at a time, each of their crops counted
  ClipOptions clips;
  ClipSpec clip;  // that these become
  ReadOptions reading;
  std::string label = {};                     // empty: the first of the video's labels
  std::function<bool()> stop_requested = {};  // asked between two clips

  bool is_unwanted() const { return stop_requested && stop_requested(); }
};

// `result`: of `input`, which did not fail, with the probabilities of its clips. Error: the video cannot be
// read again, or gives other clips than it did.
VideoExplanation explain_video(GradCam& cam, const Input& input, const VideoResult& result,
                               const ExplanationRule& rule);

}  // namespace c3d
