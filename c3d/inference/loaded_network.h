// A network on its device, as a user's options ask for it, and how videos go through it.
#pragma once

#include <filesystem>
#include <memory>
#include <ostream>
#include <string>

#include "c3d/inference/classifier.h"
#include "c3d/inference/label_request.h"
#include "c3d/video_classifier.h"

namespace c3d {

class LoadedNetwork {
 public:
  // What is said while kernels are measured goes to `measuring`, which outlives it. Error: a batch out of its
  // range, a device or weights that cannot be used.
  LoadedNetwork(const NetworkRequest& request, std::ostream& measuring);
  LoadedNetwork(const std::filesystem::path& weights, const NetworkOptions& options, Feature feature);

  Backend& backend() { return *backend_; }
  Classifier& classifier() { return *classifier_; }
  const Classifier& classifier() const { return *classifier_; }
  std::size_t batch() const { return batch_; }
  // What decodes the videos, for ReadLimits.
  const std::shared_ptr<const DecodeDevice>& decoder() const { return decoding_.device; }
  // Of the device, with the reason where `auto` took no other, of the network, and of what decodes where that
  // was asked for, a line each.
  std::string description() const;

 private:
  std::size_t batch_;
  std::string why_;                // the device was taken
  std::ostream silence_{nullptr};  // for programs that asked for no words
  std::unique_ptr<Backend> backend_;
  DecodeChoice decoding_;
  std::unique_ptr<Classifier> classifier_;  // last: it uses the others
};

// Error: a name that there is not.
ClassifierOptions classifier_options(const NetworkOptions& options, Feature feature);
// Which clips of a video go through a network, and how the video is read. Error: a number out of its range, a
// stride with which a clip's frames take too much memory, options that contradict each other.
ClipSpec clip_spec(const ClipOptions& options, const ModelInfo& info);
ReadOptions read_options(const ClipOptions& options);
// A video that is read from `path`, and called so.
Input input_of(const std::filesystem::path& path);

}  // namespace c3d
