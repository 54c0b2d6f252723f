#include "model/model_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <optional>
#include <string_view>
#include <type_traits>

#include "engine/core/argument.h"
#include "engine/core/error.h"
#include "engine/io/json.h"
#include "model/c3d_layers.h"
#include "model/mean_cube.h"
#include "model/model_ranges.h"

namespace c3d {
namespace {

using nlohmann::json;

constexpr const char *kOneLabel = "label", *kLabelSets = "label_set";  // what `targets` says
constexpr std::size_t kMostText = 100;                                 // of a word that is one of a few

// Takes known keys out of the metadata one by one; what is left is the user's.
class Fields {
 public:
  explicit Fields(std::map<std::string, std::string> metadata) : left_(std::move(metadata)) {}

  // Whether `key` is there; then `value` is the number that it says, in its range.
  template <typename T>
  bool take(const std::string& key, T& value) {
    const std::optional<json> said = take_json(key);
    if (said) value = number<T>(key, *said);
    return said.has_value();
  }

  void take_mean(std::array<float, 3>& mean) {
    const std::optional<json> said = take_json("mean");
    if (!said) return;
    expect(said->is_array() && said->size() == mean.size(),
           "metadata: 'mean' has {} numbers; it is three, one of each colour", said->size());
    for (std::size_t i = 0; i < mean.size(); ++i) mean[i] = number<float>("mean", said->at(i));
  }

  std::vector<std::string> take_labels() {
    const std::optional<json> said = take_json("labels");
    std::vector<std::string> labels;
    if (!said) return labels;
    expect(said->is_array(), "metadata: 'labels' is no list of texts");
    for (const json& label : *said) {
      expect(label.is_string(), "metadata: 'labels' holds what is no text, as label {}", labels.size());
      labels.push_back(label.get<std::string>());
      expect(!labels.back().empty(), "metadata: label {} of 'labels' is empty", labels.size() - 1);
    }
    return labels;
  }

  std::vector<double> take_thresholds(std::int64_t classes) {
    const std::optional<json> said = take_json("thresholds");
    std::vector<double> thresholds;
    if (!said) return thresholds;
    expect(said->is_array() && static_cast<std::int64_t>(said->size()) == classes,
           "metadata: 'thresholds' is no list of {} numbers, one for each class", classes);
    for (const json& one : *said) {
      thresholds.push_back(one.is_number() ? one.get<double>() : -1);
      expect(thresholds.back() >= 0 && thresholds.back() <= 1,
             "metadata: 'thresholds' holds {:.60}; each is a number from 0 to 1", dump_json(one));
    }
    return thresholds;
  }

  std::optional<ActivationRanges> take_activation_ranges() {
    const auto found = left_.find(kActivationRangesKey);
    if (found == left_.end()) return std::nullopt;
    const ActivationRanges ranges = parse_activation_ranges(found->second);
    left_.erase(found);
    return ranges;
  }

  std::optional<std::string> take_text(const std::string& key) {
    const auto found = left_.find(key);
    if (found == left_.end()) return std::nullopt;
    std::string text = std::move(found->second);
    expect(text.size() <= kMostText,
           "metadata: '{}' says '{:.60}' ..., {} characters; it is a word of at most {}", key, text,
           text.size(), kMostText);
    left_.erase(found);
    return text;
  }

  std::map<std::string, std::string> left() && { return std::move(left_); }

 private:
  std::optional<json> take_json(const std::string& key) {
    const auto found = left_.find(key);
    if (found == left_.end()) return std::nullopt;
    json said = try_parse_json(found->second);
    if (said.is_discarded()) fail("metadata: '{}' says '{:.60}', which cannot be read", key, found->second);
    left_.erase(found);
    return said;
  }

  template <typename T>
  static T number(const std::string& key, const json& said) {
    expect(said.is_number() && (std::is_floating_point_v<T> || said.is_number_integer()),
           "metadata: '{}' says '{:.60}', which is no {}", key, dump_json(said),
           std::is_floating_point_v<T> ? "number" : "whole number");
    const auto value = said.get<double>();
    const NumberRange& range = model_range(key);
    expect(value >= range.least && value <= range.most, "metadata: '{}' says {}; it is {} to {}", key,
           dump_json(said), range.least, range.most);
    return said.get<T>();
  }

  std::map<std::string, std::string> left_;
};

// The results of a class are known by its label alone.
void check_labels(const std::vector<std::string>& labels, std::int64_t classes) {
  expect(static_cast<std::int64_t>(labels.size()) == classes, "metadata: {} labels for {} classes",
         labels.size(), classes);
  std::map<std::string_view, std::size_t> first;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto [other, is_new] = first.try_emplace(labels[i], i);
    expect(is_new, "metadata: labels {} and {} are both '{:.60}'; give each class a name of its own",
           other->second, i, labels[i]);
  }
}

// All bits of the exponent are set: counted without a branch, at the speed of memory.
std::int64_t not_finite(const float* values, std::int64_t count) {
  constexpr std::uint32_t kExponent = 0x7f800000;
  std::int64_t bad = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    bad += (std::bit_cast<std::uint32_t>(values[i]) & kExponent) == kExponent ? 1 : 0;
  }
  return bad;
}
std::int64_t not_finite(const BFloat16* values, std::int64_t count) {
  return std::count_if(values, values + count,
                       [](BFloat16 value) { return !std::isfinite(to_float(value)); });
}

// The first extent of a tensor: a layer's outputs.
std::int64_t outputs_of(const NamedTensors& tensors, const std::string& name) {
  const Shape& shape = tensors.at(name).values.shape();
  expect(shape.rank() >= 1 && shape[0] > 0, "{} has shape {}, which is that of no layer", name,
         to_string(shape));
  return shape[0];
}

void check_width(const NamedTensors& tensors, double width) {
  for (const char* layer : {"conv1", "conv2", "conv3a", "conv5b", "fc6", "fc7"}) {
    const std::string name = layer + std::string(".weight");
    const std::int64_t wanted = scaled_channels(c3d_layer(layer).outputs, width),
                       outputs = outputs_of(tensors, name);
    expect(outputs == wanted, "{} has {} outputs, but a C3D of width {} has {}", name, outputs, width,
           wanted);
  }
}

ColourOrder parse_colour_order(const std::string& text) {
  expect(text == "rgb" || text == "bgr", "metadata: 'colour_order' says '{}'; rgb and bgr are known", text);
  return text == "rgb" ? ColourOrder::rgb : ColourOrder::bgr;
}

// Files of networks that tell one class do not say `targets`.
void take_targets(Fields& fields, ModelInfo& info) {
  const std::string targets = fields.take_text("targets").value_or(kOneLabel);
  expect(targets == kOneLabel || targets == kLabelSets, "metadata: 'targets' says '{}'; {} and {} are known",
         targets, kOneLabel, kLabelSets);
  if (targets == kOneLabel) return;
  info.has_label_sets = true;
  info.thresholds = fields.take_thresholds(info.network.classes);
}

C3dConfig take_network(Fields& fields, const NamedTensors& tensors) {
  C3dConfig network;
  const std::int64_t classes = outputs_of(tensors, "fc8.weight");
  network.classes = classes;
  fields.take("classes", network.classes);
  expect(network.classes == classes, "metadata: 'classes' says {}, but fc8.weight has {} rows",
         network.classes, classes);
  if (!fields.take("width", network.width)) {
    network.width = static_cast<double>(outputs_of(tensors, "fc7.weight")) /
                    static_cast<double>(c3d_layer("fc7").outputs);
  }
  check_width(tensors, network.width);
  fields.take("clip_frames", network.clip_frames);
  fields.take("crop", network.crop);
  fields.take("dropout", network.dropout);
  check_model_numbers(network);
  if (const auto rule = fields.take_text("pool5")) network.pool5 = parse_pool5_rule(*rule);
  return network;
}

// One of the keys that only a file that knows its preprocessing has; `resize_width` and the like have
// defaults that nearly all weights share.
bool says_preprocessing(const NamedTensors& tensors) {
  return tensors.metadata("profile") || tensors.metadata("mean") || tensors.metadata("colour_order");
}

std::shared_ptr<const std::vector<float>> take_mean_cube(const NamedTensors& tensors) {
  const NamedTensor* cube = tensors.find(kMeanCube);
  if (cube == nullptr) return nullptr;
  const Shape& shape = cube->values.shape();
  expect(cube->values.type() == DType::f32 && shape.rank() == 4 && shape[0] == 3,
         "'{}' is {} of {}, but must be f32 [3, frames, height, width]", kMeanCube, to_string(shape),
         to_string(cube->values.type()));
  return cube_from_file_order(cube->values);
}

FrameRate take_frame_rate(const std::string& text) {
  try {
    return parse_frame_rate(text);
  } catch (const Error& error) {
    fail("metadata: {}", Lines{error.message()});
  }
}

void take_frames(Fields& fields, const NamedTensors& tensors, ModelInfo& info) {
  Preprocessing& p = info.preprocessing;
  if (const auto name = fields.take_text("profile")) p = profile_preprocessing(parse_profile(*name));
  if (const auto rule = fields.take_text("resize")) p.resize = parse_resize_rule(*rule);
  fields.take("resize_width", p.resize_width);
  fields.take("resize_height", p.resize_height);
  fields.take("crop_top", p.crop_top);
  fields.take("crop_left", p.crop_left);
  fields.take("frame_stride", info.frame_stride);
  if (const auto rate = fields.take_text("fps")) info.fps = take_frame_rate(*rate);
  if (const auto order = fields.take_text("colour_order")) p.colour_order = parse_colour_order(*order);
  fields.take_mean(p.mean);
  fields.take("scale", p.scale);
  p.mean_cube = take_mean_cube(tensors);
  try {
    check_clips(info);
  } catch (const Error& error) {
    fail("metadata: {}", Lines{error.message()});
  }
}

}  // namespace

std::vector<double> thresholds_of(const ModelInfo& info) {
  if (!info.thresholds.empty()) return info.thresholds;
  return std::vector<double>(info.labels.size(), kUsualThreshold);
}

std::map<std::string, std::string> to_metadata(const ModelInfo& info) {
  const C3dConfig& network = info.network;
  const Preprocessing& p = info.preprocessing;
  std::map<std::string, std::string> metadata = info.other;
  metadata["format"] = "pt";
  metadata["architecture"] = "c3d";
  metadata["labels"] = json(info.labels).dump();
  metadata["classes"] = fmt::format("{}", network.classes);
  metadata["width"] = fmt::format("{}", network.width);
  metadata["clip_frames"] = fmt::format("{}", network.clip_frames);
  metadata["crop"] = fmt::format("{}", network.crop);
  metadata["dropout"] = fmt::format("{}", network.dropout);
  metadata["pool5"] = to_string(network.pool5);
  if (info.has_label_sets) metadata["targets"] = kLabelSets;
  if (!info.thresholds.empty())
    metadata["thresholds"] = fmt::format("[{}]", fmt::join(info.thresholds, ", "));
  if (info.activation_ranges) metadata[kActivationRangesKey] = to_text(*info.activation_ranges);
  if (!info.preprocessing_known) return metadata;
  metadata["profile"] = to_string(p.profile);
  metadata["resize"] = to_string(p.resize);
  metadata["crop_top"] = fmt::format("{}", p.crop_top);
  metadata["crop_left"] = fmt::format("{}", p.crop_left);
  metadata["resize_width"] = fmt::format("{}", p.resize_width);
  metadata["resize_height"] = fmt::format("{}", p.resize_height);
  metadata["frame_stride"] = fmt::format("{}", info.frame_stride);
  if (info.fps.is_given()) metadata["fps"] = to_string(info.fps);
  metadata["colour_order"] = to_string(p.colour_order);
  metadata["mean"] = fmt::format("[{}, {}, {}]", p.mean[0], p.mean[1], p.mean[2]);
  metadata["scale"] = fmt::format("{}", p.scale);
  return metadata;
}

void add_model_info(NamedTensors& tensors, const ModelInfo& info) {
  tensors.metadata() = to_metadata(info);
  const Preprocessing& p = info.preprocessing;
  if (p.mean_cube == nullptr) return;
  const Shape shape{3, info.network.clip_frames, p.resize_height, p.resize_width};
  cube_to_file_order(*p.mean_cube, tensors.add(kMeanCube, shape, DType::f32));
}

NamedTensors parameters_of(const NamedTensors& tensors) {
  NamedTensors parameters;
  parameters.metadata() = tensors.metadata();
  for (const NamedTensor& tensor : tensors.all()) {
    if (tensor.name != kMeanCube) parameters.add(tensor);
  }
  return parameters;
}

void check_finite(const NamedTensors& tensors, const std::vector<std::string>& skip) {
  for (const NamedTensor& tensor : tensors.all()) {
    const bool is_skipped = std::ranges::any_of(
        skip, [&](const std::string& layer) { return tensor.name.starts_with(layer + "."); });
    if (is_skipped) continue;
    const std::int64_t count = tensor.values.count();
    std::int64_t bad = 0;
    if (tensor.values.type() == DType::f32) bad = not_finite(tensor.values.as<float>(), count);
    if (tensor.values.type() == DType::bf16) bad = not_finite(tensor.values.as<BFloat16>(), count);
    expect(bad == 0,
           "{} of the {} values of tensor '{}' are infinite or no numbers: a network of these says nothing",
           bad, count, tensor.name);
  }
}

ModelInfo model_info(const NamedTensors& tensors) {
  Fields fields(tensors.metadata());
  ModelInfo info;
  const std::string architecture = fields.take_text("architecture").value_or("c3d");
  expect(architecture == "c3d", "these are the weights of '{}', not of a C3D", architecture);
  fields.take_text("format");
  info.network = take_network(fields, tensors);
  take_frames(fields, tensors, info);
  info.preprocessing_known = says_preprocessing(tensors);
  info.labels = fields.take_labels();
  if (info.labels.empty()) {
    for (std::int64_t i = 0; i < info.network.classes; ++i) info.labels.push_back(fmt::format("class {}", i));
  }
  check_labels(info.labels, info.network.classes);
  take_targets(fields, info);
  info.activation_ranges = fields.take_activation_ranges();
  info.other = std::move(fields).left();
  return info;
}

ClipSpec clip_spec(const ModelInfo& info) {
  ClipSpec spec = clip_spec(info.preprocessing, info.network.clip_frames, info.network.crop);
  spec.frame_stride = info.frame_stride;
  spec.fps = info.fps;
  return spec;
}

ClipInput clip_input(const ModelInfo& info, std::int64_t batch) {
  const Preprocessing& p = info.preprocessing;
  return {.batch = batch,
          .clip = clip_spec(info),
          .normalization = {.order = p.colour_order, .scale = p.scale},
          .mean = p.mean,
          .mean_cube = p.mean_cube};
}

void check_clips(const ModelInfo& info) {
  check_preprocessing(info.preprocessing, info.network.clip_frames, info.network.crop);
  check_model_number("frame_stride", info.frame_stride);
  check_span(clip_spec(info));
}

void check_crops(const ModelInfo& info, std::int64_t crops) {
  expect_argument(crops == 1 || crops == 3 || crops == 10, "{} crops of each clip: there are 1, 3 or 10",
                  crops);
  expect_argument(
      crops != 3 || info.preprocessing.mean_cube == nullptr,
      "three crops are scaled, and a mean cube has a value for each pixel of frames that are not: take 10 "
      "crops or 1, or the mean of each colour");
}

void choose_profile(ModelInfo& info, Profile profile) {
  if (info.preprocessing_known) {
    expect_argument(profile == info.preprocessing.profile,
                    "the weights say themselves how their frames are prepared ({}); leave --profile out",
                    to_string(info.preprocessing.profile));
    return;
  }
  info.preprocessing = profile_preprocessing(profile);
  info.preprocessing_known = true;
}

}  // namespace c3d
