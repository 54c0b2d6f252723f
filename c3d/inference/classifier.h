// A C3D read from a weights file, ready to score clips. One thread drives it, as its backend.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "c3d/inference/video_clips.h"
#include "engine/ops/clip_input.h"
#include "model/c3d.h"
#include "model/e4m3_network.h"
#include "model/model_file.h"
#include "weights/name_maps.h"

namespace c3d {

// A layer whose values can be kept. fc6 and fc7: after ReLU; fc8: logits.
enum class Feature : std::uint8_t { none, pool5, fc6, fc7, fc8, probabilities };
std::vector<std::pair<std::string, Feature>> feature_names();  // by depth, without `none`
std::string to_string(Feature feature);                        // "fc6"

struct ClipScore {
  std::vector<float> probabilities;  // [classes], of label sets each by itself; the mean over the crops
  // [crops, size] of the layer asked for, pool5 in the order C D H W; else empty.
  std::vector<float> features;
};

// Clips that go through the network at a time, so that their crops are no more than `batch`; one at least.
inline std::size_t clips_of_batch(std::size_t batch, const ClipSpec& spec) {
  return std::max<std::size_t>(1, batch / static_cast<std::size_t>(spec.crops));
}

// What a user says of the network; what is left out, the weights say.
struct ClassifierOptions {
  NameMap map = NameMap::automatic;  // whose names the weights' tensors have
  std::optional<Pool5Rule> pool5 = std::nullopt;
  std::optional<Profile> profile = std::nullopt;  // where the weights say nothing of their frames
  std::filesystem::path mean = {};                // a mean file in place of theirs
  Feature feature = Feature::none;
  bool before_relu = false;  // of fc6 and fc7: the sums that ReLU gets
  // In place of what the weights say, and of profile and mean.
  std::optional<Preprocessing> preprocessing = std::nullopt;
};

class Classifier {
 public:
  // Error: weights that do not say how their frames are prepared, without a profile; a profile other than
  // theirs; weights that were not calibrated, where the backend computes in fp8.
  Classifier(Backend& backend, const std::filesystem::path& weights, const ClassifierOptions& options);
  // Of weights that were read, or made, already.
  Classifier(Backend& backend, const NamedTensors& weights, const ClassifierOptions& options);

  // The layer whose values the batches to come keep, where none of them is under way.
  void keep(Feature feature) { feature_ = feature; }

  const ModelInfo& info() const { return info_; }
  // Of each class, above which it is there; empty: the network tells one class.
  const std::vector<double>& thresholds() const { return thresholds_; }
  // How frames become scores, in one line for people.
  std::string description() const;
  std::int64_t feature_size() const;
  // C D H W of a row: [512, 1, 4, 4] of pool5, [size, 1, 1, 1] of the others.
  std::array<std::int64_t, 4> feature_extents() const;
  // All of them, with all their crops, in one pass. Each clip holds the frames of `spec`: that of info(), or
  // with more crops.
  std::vector<ClipScore> classify(std::span<const Clip> clips, const ClipSpec& spec);
  std::vector<ClipScore> classify(std::span<const Clip> clips) { return classify(clips, clip_spec(info_)); }

  // The same in two steps, between which a GPU is at work: what is started is computed in the order of the
  // calls, and what is uploaded for one batch goes on beside the computing of the last, where the clips are
  // in pinned memory. The clips stay as they are until their batch is done.
  class Started;
  Started start(std::span<const Clip> clips, const ClipSpec& spec);
  bool is_done(const Started& batch);
  std::vector<ClipScore> finish(Started batch);  // waits until it is done

  // For other tapes over this network: no parameter of it has a gradient.
  Backend& backend() { return backend_; }
  const ParameterStore& parameters() const { return parameters_; }
  const C3d& model() const { return *model_; }
  const DeviceMean& mean() const { return mean_; }
  // From D H W C to C D H W, the order of PyTorch's flattened pool5.
  std::vector<float> channels_first(std::span<const float> pool5) const;

 private:
  struct Transfer {  // what goes to the device and comes back, in pinned memory
    Buffer memory;
    Tensor places, probabilities, features;  // features: of the compute type; empty: not wanted
  };
  struct Program {  // the network for one batch size
    Program(Backend& backend, const ParameterStore& parameters) : tape(backend, parameters, Mode::infer) {}
    Tape tape;
    ClipVars input;
    Var probabilities, features;
    Feature feature = Feature::none;  // that `features` is
    std::vector<Transfer> free;       // of no batch under way
  };
  Transfer make_transfer(const Program& program);
  void take(const NamedTensors& weights, const ClassifierOptions& options);
  void freeze();
  void choose_preprocessing(const ClassifierOptions& options);
  // The number of its rows, whether these are stored as crops, and the layer that is kept.
  using ProgramKey = std::tuple<std::int64_t, bool, Feature>;
  C3dValues record(Tape& tape, Var clip, Feature feature) const;
  std::shared_ptr<Program> program(const ProgramKey& key);
  void add_feature(Feature feature, std::span<const float> values, std::vector<float>& features) const;

  Backend& backend_;
  Feature feature_;
  bool before_relu_;
  ModelInfo info_;
  std::vector<double> thresholds_;
  bool pool5_from_weights_ = false;
  ParameterStore parameters_;
  std::unique_ptr<const C3d> model_;
  std::unique_ptr<const E4m3Network> e4m3_;  // where the backend computes in fp8
  DeviceMean mean_;
  // The full batch and a last, smaller one.
  std::map<ProgramKey, std::shared_ptr<Program>> programs_;
};

// A batch on its way through the network.
class Classifier::Started {
 private:
  friend class Classifier;
  std::shared_ptr<Program> program_;
  Transfer transfer_;
  std::size_t clips_ = 0, crops_ = 0;
  Event done_;
};

}  // namespace c3d
