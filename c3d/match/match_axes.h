// The axes along which recipes of features differ, and the values that are tried of each. A recipe is a
// choice of one value of each axis.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "c3d/inference/feature_recipe.h"

namespace c3d {

enum Axis : std::uint8_t {
  kFrames,
  kColourOrder,
  kMean,
  kScale,
  kPool5,
  kNumbering,
  kFirst,
  kStride,
  kStep,
  kCrops,
  kLayer,
  kPooling,
  kL2,
  kAxes
};
using Choice = std::array<int, kAxes>;
const char* name_of(Axis axis);  // "first frame"

struct FrameForm {  // how a frame is resized and cropped
  ResizeRule resize = ResizeRule::stretch;
  int width = 171, height = 128, top = -1, left = -1;
};
struct MeanValue {
  std::array<float, 3> values{};
  std::shared_ptr<const std::vector<float>> cube = nullptr;
  std::filesystem::path cube_file = {};
};
struct LayerChoice {
  Feature layer = Feature::fc6;
  bool before_relu = false;
};
struct CropChoice {
  int crops = 1;
  bool averages = false;
};

struct MatchAxes {
  std::vector<FrameForm> frames;
  std::vector<ColourOrder> colours;
  std::vector<MeanValue> means;
  std::vector<float> scales;
  std::vector<Pool5Rule> pool5;
  std::vector<Numbering> numberings;
  std::vector<int> firsts, strides, steps;
  std::vector<CropChoice> crops;
  std::vector<LayerChoice> layers;
  std::vector<Pooling> poolings;
  std::vector<L2Rule> l2;

  int count(Axis axis) const;
  std::string text(Axis axis, const Choice& choice) const;
};

// All that is tried for a table [rows, crops, size]; numberings are for the caller to add. The weights' own
// values come first. Error: no layer of this network has rows of this size.
MatchAxes match_axes(const ModelInfo& info, const std::filesystem::path& cube, std::int64_t rows,
                     std::int64_t crops, std::int64_t size, bool fits_pytorch, bool fits_caffe);
Preprocessing preprocessing_of(const MatchAxes& axes, const Choice& choice);
FeatureRecipe recipe_of(const MatchAxes& axes, const Choice& choice, const std::string& weights_digest);

}  // namespace c3d
