// A weights file that suffices to use a model: parameters in PyTorch's names, order and shapes, and in its
// metadata how to build the network and how to prepare its frames. Written by c3d_train, read by c3d_infer.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/io/named_tensors.h"
#include "engine/ops/clip_input.h"
#include "model/activation_ranges.h"
#include "model/c3d_config.h"
#include "model/preprocessing.h"

namespace c3d {

struct ModelInfo {
  C3dConfig network;
  int frame_stride = 1;  // of the clips it was trained on
  FrameRate fps = {};    // of the frames that they were made of; none: each frame of the files
  Preprocessing preprocessing;
  bool preprocessing_known = true;  // false: the metadata do not say, and these are the defaults; not written
  std::vector<std::string> labels;  // in index order
  // A clip shows any number of the classes, each by the sigmoid of its logit; else one, by their softmax.
  bool has_label_sets = false;
  std::vector<double> thresholds;  // of label sets: above which a class is there; empty: all are 0.5
  // Of weights that were calibrated for fp8.
  std::optional<ActivationRanges> activation_ranges = std::nullopt;
  std::map<std::string, std::string> other;  // kept as they are: epoch, step, accuracy, seed, source ...
};

inline constexpr double kUsualThreshold = 0.5;
// One for each class.
std::vector<double> thresholds_of(const ModelInfo& info);

std::map<std::string, std::string> to_metadata(const ModelInfo& info);
// Sets the metadata, and where the preprocessing has a mean cube adds it: a tensor [3,D,H,W] in the network's
// colour order, the one that is no parameter (PyTorch: state.pop("mean_cube") before load_state_dict).
void add_model_info(NamedTensors& tensors, const ModelInfo& info);
// The tensors but for the mean cube: the network's parameters.
NamedTensors parameters_of(const NamedTensors& tensors);
// Error: a tensor holds infinities or what is no number; it is named, with how many. Those of the layers in
// `skip` may.
void check_finite(const NamedTensors& tensors, const std::vector<std::string>& skip = {});
// Facts that the metadata lack are taken from the tensors' shapes (classes, width) or the defaults; a value
// that does not fit the tensors, or is out of its range (model_ranges.h), is an Error.
ModelInfo model_info(const NamedTensors& tensors);
// The clips that this network sees.
ClipSpec clip_spec(const ModelInfo& info);
ClipInput clip_input(const ModelInfo& info, std::int64_t batch);
// Error: as of check_preprocessing(), a stride out of its range, clips whose frames take too much memory.
void check_clips(const ModelInfo& info);
// Error: so many squares of each clip (ClipSpec::crops) cannot be taken of these frames.
void check_crops(const ModelInfo& info, std::int64_t crops);
// Prepares frames by a profile where the weights do not say how. Error: they say something else.
void choose_profile(ModelInfo& info, Profile profile);

}  // namespace c3d
