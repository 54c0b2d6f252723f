// What a run over videos is asked for: which weights, which videos, which clips of them, which outputs.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "c3d/inference/explanation_format.h"
#include "c3d/inference/labeller.h"
#include "c3d/inference/shards/shard.h"
#include "c3d/video_classifier.h"
#include "data/decode_device.h"
#include "kernels/make_backend.h"

namespace c3d {

// Which network, and which clips of a video it sees.
struct NetworkRequest {
  std::filesystem::path weights;
  ClassifierOptions network;
  std::size_t batch = 10;
  int readers = 0;  // as ReadOptions has it
  DecodeOn decode = DecodeOn::cpu;
  ClipOptions clips;
  int window = 0;       // > 0: it slides over the video in place of clips that are spread over it
  int first_frame = 0;  // of the first window
  BackendSpec device;
};

struct LabelRequest : NetworkRequest {
  std::vector<std::string> videos;
  std::vector<std::filesystem::path> lists;
  std::size_t top = 5;
  std::string json;  // file; -: standard output
  std::filesystem::path overlay, timeline, features_out;
  std::filesystem::path report;  // a page about all videos; empty: none
  FeatureFormat feature_format = FeatureFormat::npy;
  H5Layout h5_layout = H5Layout::activitynet;
  H5Naming h5_naming = H5Naming::stem;
  std::optional<Pooling> pool;  // nullopt: as the format has it
  bool l2 = false, resume = false;
  // Of the videos this alone; nullopt: as the program was started (shards/launcher.h), or all.
  std::optional<Shard> shard;
  bool is_undivided = false;  // all of them, whatever started the program
  Division division = Division::path;
  // A file that says all of the features (feature_recipe.h); empty: the options do. What it alone can ask
  // for:
  std::filesystem::path recipe;
  bool averages_crops = false;     // a row for each clip, the mean over its crops
  bool l2_before_pooling = false;  // each clip's row gets length 1
  // Heat over what the network looks at (c3d/explanation.h): a file or a folder; empty: none.
  std::filesystem::path explain;
  std::string explain_layer = "conv5b";
  std::string explain_class;                                  // empty: the likeliest of each video
  ExplanationFormat explain_format = ExplanationFormat::mp4;  // of the files in a folder

  Pooling pooling() const { return pool ? *pool : default_pooling(feature_format); }
  bool scales_rows() const { return l2 || feature_format == FeatureFormat::txt; }
  bool writes_h5() const { return !features_out.empty() && feature_format == FeatureFormat::h5; }
  bool prints_json() const { return json == "-"; }
  bool writes_files() const {
    return !features_out.empty() || !overlay.empty() || !timeline.empty() || !explain.empty() ||
           !(json.empty() || prints_json());
  }
};

ReadOptions read_options(const NetworkRequest& request);
// Error: a window of another length than the clips of these weights.
ClipSpec clip_spec(const NetworkRequest& request, const ModelInfo& info);
// For people: windows whose step would part them at a frame stride of 1 overlap, as these frames lie farther
// apart. Empty: they do not, or no features are written.
std::string overlap_note(const LabelRequest& request, const ClipSpec& clip);
FeatureRule feature_rule(const LabelRequest& request, const Classifier& classifier);

}  // namespace c3d
