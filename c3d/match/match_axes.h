// The axes along which recipes of features differ, and the values that are tried of each. A recipe is a
// choice of one value of each axis.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "c3d/inference/feature_recipe.h"
#include "data/numbering.h"

namespace c3d {

enum RecipeAxis : std::uint8_t {
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
// How pixels are prepared; where windows of a video start, and of which of its frames they are.
inline constexpr std::array kPixels = {kFrames, kColourOrder, kMean, kScale, kCrops};
inline constexpr std::array kPlaces = {kNumbering, kStride, kFirst, kStep};
bool have_same_pixels(const Choice& one, const Choice& other);
Choice with_pixels(Choice choice, const Choice& pixels);
const char* name_of(RecipeAxis axis);             // "first frame"
std::string text_of(const Numbering& numbering);  // "fps 25"

struct FrameForm {  // how a frame is resized and cropped
  ResizeRule resize = ResizeRule::stretch;
  int width = 171, height = 128;  // of short_side the height alone counts
  int top = 0, left = 0;          // of short_side they are those of the centre, whatever stands here
  bool keeps_shape() const { return resize == ResizeRule::short_side; }
  bool operator==(const FrameForm&) const = default;
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
  std::int64_t clip_frames = 16;
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

  int count(RecipeAxis axis) const;
  const FrameForm& frame_form(const Choice& choice) const { return frames[at(choice, kFrames)]; }
  const Pooling& pooling(const Choice& choice) const { return poolings[at(choice, kPooling)]; }
  const CropChoice& crop(const Choice& choice) const { return crops[at(choice, kCrops)]; }
  static std::size_t at(const Choice& choice, RecipeAxis axis) {
    return static_cast<std::size_t>(choice[axis]);
  }
  // Whether there are such pixels: a mean cube wants frames of its size, and unscaled squares of them.
  bool fits(const Choice& pixels) const;
  std::string text(RecipeAxis axis, const Choice& choice) const;
};

struct TableFacts {
  std::int64_t rows = 0, crops = 1, size = 0;
  bool has_negatives = false;  // that no layer has after ReLU
};
// All that is tried for such a table; numberings are for the caller to add. The weights' own values
// come first. cube: a mean file, or empty. Error: no layer of this network has rows of this size.
MatchAxes match_axes(const ModelInfo& info, const C3d& model, const std::filesystem::path& cube,
                     const TableFacts& table);
Preprocessing preprocessing_of(const MatchAxes& axes, const Choice& choice);
FeatureRecipe recipe_of(const MatchAxes& axes, const Choice& choice, const std::string& weights_digest);

}  // namespace c3d
