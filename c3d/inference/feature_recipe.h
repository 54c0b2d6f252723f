// A recipe of features: every choice that decides their numbers, as a file of JSON that c3d_infer --recipe
// takes and c3d_infer match writes.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "c3d/inference/label_request.h"

namespace c3d {

enum class L2Rule : std::uint8_t { none, rows, pooled, both };  // rows: of clips, before pooling
const char* to_string(L2Rule rule);

struct FeatureRecipe {
  std::string weights;              // SHA-256
  Preprocessing frames;             // profile: custom
  std::filesystem::path mean_cube;  // a file; "weights": their own; empty: none, frames.mean holds
  Pool5Rule pool5 = Pool5Rule::pytorch;
  FrameRate fps = {};
  bool constant_rate = false;
  int frame_stride = 1, first_frame = 0;
  int step = 16;  // from window to window; 0: `clips` of them are spread evenly
  int clips = 10;
  int crops = 1;
  bool averages_crops = false;
  Feature layer = Feature::fc6;
  bool before_relu = false;
  Pooling pooling = {};
  L2Rule l2 = L2Rule::none;
};

nlohmann::ordered_json to_json(const FeatureRecipe& recipe);
// A recipe's own file, or features that say how they were made: in the records beside them (npy, csv, txt, a
// folder of Caffe's, a folder of outputs that were all made alike) or in the attributes of their tables
// (HDF5). Error: it cannot be read, is neither, or holds a word or number that there is not; outputs in it
// were made in different ways. The file is named.
FeatureRecipe read_feature_recipe(const std::filesystem::path& file);
// Of the features that a request asks for. weights_digest: SHA-256 of its weights.
FeatureRecipe feature_recipe(const LabelRequest& request, const Classifier& classifier,
                             const std::string& weights_digest);
// Sets all that the recipe says. `file`: as errors call it. Error: the request's weights are others.
void apply(const FeatureRecipe& recipe, const std::filesystem::path& file, const std::string& weights_digest,
           LabelRequest& request);

}  // namespace c3d
