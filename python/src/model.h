// A network for one Python object: who uses it, and what was made of it.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <semaphore>
#include <string>
#include <thread>

#include "c3d/explanation.h"
#include "c3d/features.h"
#include "c3d/live.h"
#include "c3d/video_classifier.h"
#include "c3d/video_network.h"
#include "python/src/bindings.h"
#include "python/src/interrupt.h"

namespace c3d::python {

inline constexpr std::chrono::milliseconds kPatience{50};  // between two looks whether somebody interrupts

class Model {
 public:
  Model(const std::filesystem::path& weights, const NetworkOptions& options)
      : network_(weights, options), classifier_(network_), live_(network_) {}

  const VideoNetwork& network() const { return network_; }
  VideoClassifier& classifier() { return classifier_; }
  LiveClassifier& live() { return live_; }
  FeatureExtractor& features(const std::string& layer);
  VideoExplainer& explainer(const std::string& layer);

  // One thread at a time. Waits for another one's call, without the GIL; Error: this thread's own call is
  // under way and has called back, or a stream is open.
  void acquire(bool for_stream = false);
  void release();

 private:
  VideoNetwork network_;
  VideoClassifier classifier_;
  LiveClassifier live_;
  std::map<std::string, std::unique_ptr<FeatureExtractor>> features_;  // by layer
  std::map<std::string, std::unique_ptr<VideoExplainer>> explainers_;  // by layer
  std::binary_semaphore free_{1};  // who opens a stream need not be who closes it
  std::atomic<std::thread::id> owner_{};
  std::atomic<bool> streams_ = false;
};

using SharedModel = std::shared_ptr<OfOneProcess<Model>>;

// A call: the model is this thread's, and an interrupt is seen.
class ModelCall {
 public:
  explicit ModelCall(Model& model) : model_(model) { model_.acquire(); }
  ~ModelCall() { model_.release(); }
  ModelCall(const ModelCall&) = delete;
  ModelCall& operator=(const ModelCall&) = delete;

  // What `work` gives, without the GIL; what it throws after an interrupt becomes that interrupt.
  template <typename Work>
  auto run(const Work& work) {
    const InterruptWatch watch;
    try {
      nb::gil_scoped_release unlocked;
      return work();
    } catch (const Error&) {
      InterruptWatch::raise_if_pressed();
      throw;
    }
  }

 private:
  Model& model_;
};

}  // namespace c3d::python
