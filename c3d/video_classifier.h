// What does a video show? Labels videos with a trained C3D.
//
//   c3d::VideoClassifier classifier("best.safetensors");
//   for (const c3d::RankedLabel& label : classifier.label("holiday.mp4").labels) ...
//
// Most networks tell one label of several, and their probabilities sum to 1. Those that were trained with
// label sets say of each label by itself whether it is there: above its threshold it is.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "c3d/device.h"
#include "c3d/export.h"

namespace c3d {

class VideoNetwork;  // c3d/video_network.h

// The network, where the weights do not say it themselves; those of c3d_train do.
struct NetworkOptions {
  std::string name_map = "auto";    // whose names the tensors have: auto, pvr, features, mmaction2, caffe
  std::string profile = {};         // how frames are prepared: caffe-sports1m, pvr, mmaction2, custom
  std::string pool5 = {};           // padding of the last pooling: pytorch, caffe
  std::filesystem::path mean = {};  // a mean file in place of the profile's mean: .npy, .binaryproto
  // Clips computed at a time, 1 to 4096, each of their crops counted; memory grows with it.
  std::size_t batch = 10;
  DeviceOptions device = {};
};

// Which clips of a video the network sees.
struct ClipOptions {
  int clips = 10;        // spread evenly over the video; its score is their mean
  int step = 0;          // > 0: instead a window slides over the video, by so many frames
  int frame_stride = 0;  // from one frame of a clip to its next, 1 to 1000; 0: as the weights were trained
  // Frames a second that clips are made of, by their times, as VideoFileOptions::fps; all numbers of frames,
  // steps and strides count these. Empty: as the weights were trained; "file": each frame of the file.
  std::string fps = {};
  // Squares of each clip that go through the network; probabilities are their mean.
  //    1: the one that the weights' preparation names
  //    3: as long as the shorter side of the resized frame, scaled to the network's input: the first and the
  //       last along the longer side, then the middle one, at 0, 2 s and s pixels, s half of the rest rounded
  //       down. Not with a mean cube
  //   10: of the network's size: top left, top right, bottom left, bottom right, centre (half the rest,
  //       halves to even), then the same of the mirrored frame, as torchvision's TenCrop
  int crops = 1;
  bool constant_rate = false;  // counts frames as VideoFileOptions says; not with fps
  double read_timeout = 30;    // seconds to wait for a pipe or device that gives nothing
};

struct RankedLabel {
  std::string name;
  double probability = 0;  // 0 to 1
};

// A clip of a video, and what it shows by itself.
struct LabeledWindow {
  std::int64_t first_frame = 0;               // from 0
  double start_seconds = 0, end_seconds = 0;  // from the start of the video
  RankedLabel label;                          // the likeliest
  std::vector<RankedLabel> shown{};  // of label sets those above their thresholds; else `label` alone
};

struct LabeledVideo {
  std::filesystem::path file;  // as it was given
  std::string error;           // not empty: it failed, and this is why; all below is empty then
  std::int64_t frames = 0;
  double frame_rate = 0, seconds = 0;  // 0: the file does not say
  std::vector<RankedLabel> labels;  // the likeliest first; of label sets those that are there before others
  std::size_t shown = 0;            // so many of `labels` are there; 1 of a network that tells one label
  std::vector<LabeledWindow> windows;  // in their order
  std::vector<std::string> warnings;
};

// What a network says of a video, in numbers.
struct VideoProbabilities {
  std::vector<double> video;   // of each class, in the network's order: the means over the clips
  std::vector<float> windows;  // [windows, classes]
};

// Clips in a program's memory: bytes of red, green and blue, or floats that are the network's input itself,
// as PyTorch programs prepare it (mean subtracted, colours in the network's order).
struct ClipArray {
  enum class Type : std::uint8_t { u8, f32 };
  const void* data = nullptr;
  Type type = Type::u8;
  std::int64_t count = 0, frames = 0, height = 0, width = 0;
  // From one clip, frame, row, column and colour to the next, in values; may be negative.
  std::array<std::int64_t, 5> strides{};
};

// Owns the network and the memory of its device; one thread at a time uses it. The program keeps the device's
// threads between calls. A moved-from one may only be destroyed or assigned to.
class C3D_API VideoClassifier {
 public:
  // Weights of any format that c3d/weights.h reads. Error: a file that cannot be read or is no C3D, weights
  // that do not say how their frames are prepared and no profile, a device that is not there.
  explicit VideoClassifier(const std::filesystem::path& weights, const NetworkOptions& options = {});
  explicit VideoClassifier(const VideoNetwork& network);  // that others may use, too
  ~VideoClassifier();
  VideoClassifier(VideoClassifier&& other) noexcept;
  VideoClassifier& operator=(VideoClassifier&& other) noexcept;

  const std::vector<std::string>& labels() const;  // of the classes, in the network's order
  bool has_label_sets() const;                     // a video shows any number of the labels, none too
  // Of each label, in their order: above it the mean of the clips' probabilities says that it is there.
  // Empty: the network tells one label.
  const std::vector<double>& thresholds() const;
  std::string description() const;  // the device, and how frames become scores: lines for people

  // The `top` likeliest labels of a video file or folder of numbered pictures; of label sets all that are
  // there, and then the likeliest others, until there are `top`. Error: it failed.
  LabeledVideo label(const std::filesystem::path& video, const ClipOptions& options = {},
                     std::size_t top = 5);

  // Called for a video that is done. False: no more are wanted.
  using Report = std::function<bool(const LabeledVideo&)>;

  // The labels of several videos, which are decoded ahead while the network computes, and whose clips share
  // batches. `report` is called on this thread for each, in their order; a video that fails says so in its
  // result and does not stop the others. Ends early, between two clips, when `report` has returned false.
  // What it throws comes through.
  void label(const std::vector<std::filesystem::path>& videos, const ClipOptions& options, std::size_t top,
             const Report& report);

  // The same with all probabilities; those of a video that failed are empty. It also ends between two clips
  // where stop_requested says true, and reports no video after that.
  using ScoreReport = std::function<bool(const LabeledVideo&, const VideoProbabilities&)>;
  void score_videos(const std::vector<std::filesystem::path>& videos, const ClipOptions& options,
                    std::size_t top, const ScoreReport& report,
                    const std::function<bool()>& stop_requested = {});

  // The frames of one clip in memory: frames, height, width, 3 colours. Frames are resized to this before; a
  // profile whose frames keep their shape is resized by its shorter side, and cut at its centre.
  std::array<std::int64_t, 4> clip_shape() const;
  // The probability of each class, of label sets each by itself, from a clip of clip_shape() bytes of red,
  // green and blue. Error: another size.
  std::vector<float> score(std::span<const std::uint8_t> clip);
  // [count, classes]: the same for clips that lie in memory in any way. Bytes are resized and cropped as the
  // frames of a video are; frames that have the size of the network's input are taken as its crop. Floats
  // have that size, and nothing is done to them. Computed in batches. Error: other numbers of frames or
  // sizes; crops in bytes where a mean cube belongs to whole frames; stop_requested, asked between two batches,
  // says true.
  std::vector<float> score(const ClipArray& clips, const std::function<bool()>& stop_requested = {});

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace c3d
