// Where and when does a trained C3D look? Explains what it says of a video by Grad-CAM over space and time
// (Selvaraju et al. 2017, "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization",
// ICCV).
//
//   c3d::VideoExplainer explainer("best.safetensors");
//   const c3d::VideoExplanation why = explainer.explain("holiday.mp4");  // of its likeliest label
//   explainer.write(why, "holiday_heat.mp4");
//
// Of a clip, with A the activations of a convolution after its ReLU and before the pool that may follow
// [T,H,W,C], and s the logit of a label (the score before softmax, of label sets before the sigmoid): each
// channel's weight is the mean of ds/dA over T, H and W, and the map is ReLU(the weighted sum of the
// channels), [T,H,W]. It says which places speak for the label; those that speak against it are 0.
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

namespace c3d {

// A clip of a video, and how likely the network finds the explained label in it.
struct ExplainedWindow {
  std::int64_t first_frame = 0;               // from 0
  double start_seconds = 0, end_seconds = 0;  // from the start of the video
  double probability = 0;
};

struct VideoExplanation {
  std::filesystem::path file;            // as it was given
  std::string label;                     // that is explained
  double probability = 0;                // of the label, in the video: the mean of its windows
  std::string layer;                     // whose activations were weighted
  ClipOptions clips = {};                // that the network saw
  std::int64_t frames = 0;               // of the video
  double frame_rate = 0;                 // frames a second, all in all; 0: the file does not say
  std::vector<ExplainedWindow> windows;  // in their order
  std::int64_t crops = 1;                // of each window, as ClipOptions says, in its order
  std::array<std::int64_t, 3> grid{};    // T, H, W of the layer
  // [windows, crops, T, H, W], 0 or more, as they come out of the method: in the unit of the logit divided by
  // T H W, and not scaled to any range. Maps of mirrored crops are mirrored as these are.
  std::vector<float> maps;
  std::vector<std::string> warnings;
};

// What explain() and write() say meanwhile; may be left empty. Called on the thread that called them.
struct ExplanationCallbacks {
  std::function<void(std::int64_t written, std::int64_t frames)> writing;  // frames of an .mp4
};

// Owns the network and the memory of its device; one thread at a time uses it. A moved-from one may only be
// destroyed or assigned to.
class C3D_API VideoExplainer {
 public:
  // layer: conv5b (the coarsest in place and time, and the one that the method is meant for), conv4b or
  // conv3b, of 2 x 7 x 7, 4 x 14 x 14 and 8 x 28 x 28 places in a clip of 16 frames of 112 x 112. Errors as
  // of VideoClassifier, and a layer that is none of these.
  explicit VideoExplainer(const std::filesystem::path& weights, const std::string& layer = "conv5b",
                          const NetworkOptions& options = {});
  explicit VideoExplainer(const VideoNetwork& network, const std::string& layer = "conv5b");
  ~VideoExplainer();
  VideoExplainer(VideoExplainer&& other) noexcept;
  VideoExplainer& operator=(VideoExplainer&& other) noexcept;

  const std::vector<std::string>& labels() const;  // of the classes, in the network's order
  std::array<std::int64_t, 3> grid() const;        // T, H, W of a map
  std::string description() const;

  // label: any of labels(); empty: the likeliest of the video, of label sets the likeliest of those that are
  // above their thresholds, if any are. The video is read twice: labelled, then explained. Error: it cannot
  // be read or decoded, or is a pipe, or there is no such label.
  VideoExplanation explain(const std::filesystem::path& video, const ClipOptions& options = {},
                           const std::string& label = {});
  // The same until stop_requested, asked between two clips, says true, which is an Error.
  VideoExplanation explain(const std::filesystem::path& video, const ClipOptions& options,
                           const std::string& label, const std::function<bool()>& stop_requested);

  // Writes an explanation of this explainer's, atomically, in the format that the name ends in:
  //   .npy  the maps, float32 [windows, T, H, W], of several crops [windows, crops, T, H, W]
  //   .png  eight frames of the window in which the label is likeliest, with the heat of this window over
  //         them, their times, the label, its probability and a legend
  //   .mp4  all frames of the video in their size and rate with the heat over them
  // Heat is the maps scaled up linearly over time and space to where their crops lie, the mean of all windows
  // and crops that show a place, divided by the largest mean of the windows that are drawn. What the network
  // did not see, borders outside of the crops and frames between windows, is dimmed. Error: another name, a video
  // that cannot be read again, a file that cannot be written; a build without Cairo draws no .png.
  void write(const VideoExplanation& explanation, const std::filesystem::path& file,
             const ExplanationCallbacks& callbacks = {}) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace c3d
