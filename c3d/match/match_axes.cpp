#include "c3d/match/match_axes.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "c3d/common/mean_file.h"
#include "engine/core/error.h"
#include "model/c3d_layers.h"

namespace c3d {
namespace {

constexpr std::array<const char*, kAxes> kNames = {"frames",    "colours",     "mean",   "scale", "pool5",
                                                   "numbering", "first frame", "stride", "step",  "crops",
                                                   "layer",     "pooling",     "L2"};
constexpr int kThree = 3, kTen = 10;  // crops
// Anomaly detection has 32; of fewer rows than these nobody's are segments.
constexpr std::int64_t kLeastSegments = 16, kMostSegments = 1024;
// Of so many sums before ReLU some are negative.
constexpr std::int64_t kSignsTell = 64;

template <typename Value>
void add_new(std::vector<Value>& values, const Value& value) {
  if (std::ranges::find(values, value) == values.end()) values.push_back(value);
}

FrameForm stretched(int width, int height, int top, int left) {
  return {ResizeRule::stretch, width, height, top, left};
}

FrameForm short_side(int pixels) { return {ResizeRule::short_side, pixels, pixels, 0, 0}; }

FrameForm own_form(const Preprocessing& own, int crop) {
  if (own.resize == ResizeRule::short_side) return short_side(own.resize_height);
  const int top = own.crop_top < 0 ? (own.resize_height - crop) / 2 : own.crop_top;
  const int left = own.crop_left < 0 ? (own.resize_width - crop) / 2 : own.crop_left;
  return stretched(own.resize_width, own.resize_height, top, left);
}

// What published code resizes to for a network of 112 pixels, scaled for others: 171x128 cropped at the
// centre, which lies between two columns (Caffe takes the left one, pytorch-video-recognition the right one),
// or at the corner; 128x128 (C3D 1.1); 112x112; the shorter side (mmaction2).
std::vector<FrameForm> frame_forms(const Preprocessing& own, int crop) {
  const auto scaled = [&](int pixels) { return (pixels * crop + 56) / 112; };
  const int wide = scaled(171), high = scaled(128), top = (high - crop) / 2;
  std::vector<FrameForm> forms;
  for (const FrameForm& form :
       {own_form(own, crop), stretched(wide, high, top, (wide - crop) / 2),
        stretched(wide, high, top, (wide - crop + 1) / 2), short_side(high), stretched(wide, high, 0, 0),
        stretched(crop, crop, 0, 0), stretched(high, high, top, top), short_side(crop)}) {
    add_new(forms, form);
  }
  return forms;
}

std::vector<MeanValue> mean_values(const Preprocessing& own, const std::filesystem::path& cube,
                                   std::int64_t frames) {
  std::vector<std::array<float, 3>> values{own.mean};
  for (const Profile profile : {Profile::caffe_sports1m, Profile::pvr, Profile::mmaction2}) {
    const std::array<float, 3> mean = profile_preprocessing(profile).mean;
    add_new(values, mean);
    add_new(values, {mean[2], mean[1], mean[0]});
  }
  for (const float grey : {128.0f, 127.5f, 0.0f}) add_new(values, {grey, grey, grey});
  add_new(values, {123.675f, 116.28f, 103.53f});  // ImageNet's, in torchvision
  add_new(values, {103.53f, 116.28f, 123.675f});
  std::vector<MeanValue> means;
  means.reserve(values.size() + 2);
  for (const auto& value : values) means.push_back({value});
  if (own.mean_cube) means.push_back({own.mean, own.mean_cube, "weights"});
  if (!cube.empty()) {
    Preprocessing with_cube;
    set_mean(with_cube, cube, frames);
    means.push_back({with_cube.mean, with_cube.mean_cube,
                     with_cube.mean_cube ? std::filesystem::absolute(cube) : std::filesystem::path()});
  }
  return means;
}

// Those with rows of this size.
std::vector<LayerChoice> layers_of(const ModelInfo& info, std::int64_t size) {
  const C3dSizes sizes = c3d_sizes(info.network);
  const std::int64_t pool5 = sizes.linears[0].inputs, fc6 = sizes.linears[1].inputs,
                     fc7 = sizes.linears[2].inputs;
  std::vector<LayerChoice> layers;
  const auto add = [&](Feature layer, bool before, std::int64_t columns) {
    if (columns == size) layers.push_back({layer, before});
  };
  add(Feature::fc6, false, fc6);
  add(Feature::fc7, false, fc7);
  add(Feature::pool5, false, pool5);
  add(Feature::fc6, true, fc6);
  add(Feature::fc7, true, fc7);
  add(Feature::fc8, false, info.network.classes);
  add(Feature::probabilities, false, info.network.classes);
  expect(
      !layers.empty(),
      "the published rows have {} values, and no layer of these weights has as many: pool5 has {}, fc6 {}, "
      "fc7 {}, fc8 {}; were they reduced, or are the weights others?",
      size, pool5, fc6, fc7, info.network.classes);
  return layers;
}

// Those of them that may have such numbers, where any may.
std::vector<LayerChoice> possible_layers(std::vector<LayerChoice> layers, const TableFacts& table) {
  const bool tells = table.has_negatives || table.rows * table.crops * table.size >= kSignsTell;
  const auto is_possible = [&](const LayerChoice& one) {
    const bool has_sums = one.before_relu || one.layer == Feature::fc8;
    return table.has_negatives ? has_sums : !one.before_relu;
  };
  if (tells && std::ranges::any_of(layers, is_possible)) std::erase_if(layers, std::not_fn(is_possible));
  return layers;
}

}  // namespace

bool have_same_pixels(const Choice& one, const Choice& other) {
  return std::ranges::all_of(kPixels, [&](RecipeAxis axis) { return one.at(axis) == other.at(axis); });
}

Choice with_pixels(Choice choice, const Choice& pixels) {
  for (const RecipeAxis axis : kPixels) choice.at(axis) = pixels.at(axis);
  return choice;
}

const char* name_of(RecipeAxis axis) { return kNames.at(axis); }

std::string text_of(const Numbering& numbering) {
  if (numbering.rule == Numbering::Rule::fps) return "fps " + to_string(numbering.rate);
  return numbering == Numbering::kDecode ? "decode" : "ffmpeg-cfr";
}

int MatchAxes::count(RecipeAxis axis) const {
  const std::array<std::size_t, kAxes> counts = {
      frames.size(),     colours.size(),  means.size(),   scales.size(), pool5.size(),
      numberings.size(), firsts.size(),   strides.size(), steps.size(),  crops.size(),
      layers.size(),     poolings.size(), l2.size()};
  return static_cast<int>(counts.at(axis));
}

bool MatchAxes::fits(const Choice& pixels) const {
  const MeanValue& mean = means[at(pixels, kMean)];
  if (!mean.cube) return true;
  const FrameForm& form = frame_form(pixels);
  return !form.keeps_shape() && crop(pixels).crops != kThree &&
         std::ssize(*mean.cube) == clip_frames * form.width * form.height * 3;
}

std::string MatchAxes::text(RecipeAxis axis, const Choice& choice) const {
  const std::size_t i = at(choice, axis);
  switch (axis) {
    case kFrames: {
      const FrameForm& form = frames[i];
      if (form.keeps_shape()) return fmt::format("shorter side {}, centre", form.height);
      return fmt::format("{}x{}, crop at {}, {}", form.width, form.height, form.top, form.left);
    }
    case kColourOrder:
      return to_string(colours[i]);
    case kMean:
      if (means[i].cube) return "cube";
      return fmt::format("{}, {}, {}", means[i].values[0], means[i].values[1], means[i].values[2]);
    case kScale:
      return fmt::format("{:.6g}", scales[i]);
    case kPool5:
      return to_string(pool5[i]);
    case kNumbering:
      return text_of(numberings[i]);
    case kFirst:
      return fmt::format("{}", firsts[i]);
    case kStride:
      return fmt::format("{}", strides[i]);
    case kStep:
      return fmt::format("{}", steps[i]);
    case kCrops:
      return fmt::format("{}{}", crops[i].crops, crops[i].averages ? ", their mean" : "");
    case kLayer:
      return to_string(layers[i].layer) + (layers[i].before_relu ? " before ReLU" : "");
    case kPooling:
      return to_string(poolings[i]);
    case kL2:
      return to_string(l2[i]);
    case kAxes:
      break;
  }
  return "";
}

MatchAxes match_axes(const ModelInfo& info, const C3d& model, const std::filesystem::path& cube,
                     const TableFacts& table) {
  const Preprocessing& own = info.preprocessing;
  MatchAxes axes;
  axes.clip_frames = info.network.clip_frames;
  axes.layers = possible_layers(layers_of(info, table.size), table);
  axes.frames = frame_forms(own, static_cast<int>(info.network.crop));
  axes.colours = {own.colour_order,
                  own.colour_order == ColourOrder::bgr ? ColourOrder::rgb : ColourOrder::bgr};
  axes.means = mean_values(own, cube, info.network.clip_frames);
  for (const float scale : {own.scale, 1.0f, 1 / 255.0f, 1 / 127.5f}) add_new(axes.scales, scale);
  for (const Pool5Rule rule : {info.network.pool5, Pool5Rule::pytorch, Pool5Rule::caffe}) {
    if (model.fits(rule)) add_new(axes.pool5, rule);
  }
  axes.firsts = {0, 1, 2, 8, 16};
  for (const int stride : {info.frame_stride, 1, 2, 4}) add_new(axes.strides, stride);
  axes.steps = {16, 8, 4, 32, 1, 2, 5, 10, 12, 15, 20, 24, 25, 30, 48, 64};
  // Where windows of a stride begin that do not overlap.
  for (const int stride : axes.strides)
    add_new(axes.steps, static_cast<int>(axes.clip_frames - 1) * stride + 1);
  expect(table.crops == 1 || table.crops == kThree || table.crops == kTen,
         "the published table has {} crops a row; there are 1, 3 or 10", table.crops);
  if (table.crops > 1) {
    axes.crops = {{static_cast<int>(table.crops), false}};
  } else {
    axes.crops = {{1, false}, {10, true}, {3, true}};
  }
  axes.poolings = {{}};
  if (table.rows == 1) {
    axes.poolings.push_back({.kind = Pooling::Kind::mean});
    axes.poolings.push_back({.kind = Pooling::Kind::max});
  } else if (table.rows >= kLeastSegments && table.rows <= kMostSegments) {
    for (const Rounding rounding : {Rounding::to_even, Rounding::away_from_zero}) {
      axes.poolings.push_back(
          {.kind = Pooling::Kind::segments, .segments = static_cast<int>(table.rows), .rounding = rounding});
    }
  }
  axes.l2 = {L2Rule::none, L2Rule::pooled, L2Rule::rows, L2Rule::both};
  return axes;
}

Preprocessing preprocessing_of(const MatchAxes& axes, const Choice& choice) {
  const FrameForm& form = axes.frame_form(choice);
  const MeanValue& mean = axes.means[MatchAxes::at(choice, kMean)];
  return {.profile = Profile::custom,
          .resize = form.resize,
          .resize_width = form.width,
          .resize_height = form.height,
          .crop_top = form.keeps_shape() ? -1 : form.top,
          .crop_left = form.keeps_shape() ? -1 : form.left,
          .colour_order = axes.colours[MatchAxes::at(choice, kColourOrder)],
          .mean = mean.values,
          .scale = axes.scales[MatchAxes::at(choice, kScale)],
          .mean_cube = mean.cube};
}

FeatureRecipe recipe_of(const MatchAxes& axes, const Choice& choice, const std::string& weights_digest) {
  const Numbering& numbering = axes.numberings[MatchAxes::at(choice, kNumbering)];
  const LayerChoice& layer = axes.layers[MatchAxes::at(choice, kLayer)];
  FeatureRecipe recipe;
  recipe.weights = weights_digest;
  recipe.frames = preprocessing_of(axes, choice);
  recipe.mean_cube = axes.means[MatchAxes::at(choice, kMean)].cube_file;
  recipe.pool5 = axes.pool5[MatchAxes::at(choice, kPool5)];
  recipe.fps = numbering.rate;
  recipe.constant_rate = numbering == Numbering::kFfmpegCfr;
  recipe.frame_stride = axes.strides[MatchAxes::at(choice, kStride)];
  recipe.first_frame = axes.firsts[MatchAxes::at(choice, kFirst)];
  recipe.step = axes.steps[MatchAxes::at(choice, kStep)];
  recipe.crops = axes.crop(choice).crops;
  recipe.averages_crops = axes.crop(choice).averages;
  recipe.layer = layer.layer;
  recipe.before_relu = layer.before_relu;
  recipe.pooling = axes.pooling(choice);
  recipe.l2 = axes.l2[MatchAxes::at(choice, kL2)];
  return recipe;
}

}  // namespace c3d
