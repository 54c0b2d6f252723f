#include "tools/shared/model_file.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "engine/core/error.h"
#include "tools/shared/mean_file.h"

namespace c3d {
namespace {

using nlohmann::json;

// Takes known keys out of the metadata one by one; what is left is the user's.
class Fields {
 public:
  explicit Fields(std::map<std::string, std::string> metadata) : left_(std::move(metadata)) {}

  // Whether `key` is there; then `value` is what it says in JSON.
  template <typename T>
  bool take(const std::string& key, T& value) {
    const auto found = left_.find(key);
    if (found == left_.end()) return false;
    try {
      value = json::parse(found->second).get<T>();
    } catch (const json::exception&) {
      fail("metadata: '{}' says '{}', which cannot be read", key, found->second);
    }
    left_.erase(found);
    return true;
  }

  std::optional<std::string> take_text(const std::string& key) {
    const auto found = left_.find(key);
    if (found == left_.end()) return std::nullopt;
    std::string text = std::move(found->second);
    left_.erase(found);
    return text;
  }

  std::map<std::string, std::string> left() && { return std::move(left_); }

 private:
  std::map<std::string, std::string> left_;
};

// The first extent of a tensor: a layer's outputs.
std::int64_t outputs_of(const NamedTensors& tensors, const std::string& name) {
  const Shape& shape = tensors.at(name).values.shape();
  expect(shape.rank() >= 1 && shape[0] > 0, "{} has shape {}, which is that of no layer", name,
         to_string(shape));
  return shape[0];
}

void check_width(const NamedTensors& tensors, double width) {
  const std::pair<const char*, std::int64_t> layers[] = {{"conv1.weight", 64},   {"conv2.weight", 128},
                                                         {"conv3a.weight", 256}, {"conv5b.weight", 512},
                                                         {"fc6.weight", 4096},   {"fc7.weight", 4096}};
  for (const auto& [name, full] : layers) {
    const std::int64_t wanted = scaled_channels(full, width), outputs = outputs_of(tensors, name);
    expect(outputs == wanted, "{} has {} outputs, but a C3D of width {} has {}", name, outputs, width,
           wanted);
  }
}

ColourOrder parse_colour_order(const std::string& text) {
  expect(text == "rgb" || text == "bgr", "metadata: 'colour_order' says '{}'; rgb and bgr are known", text);
  return text == "rgb" ? ColourOrder::rgb : ColourOrder::bgr;
}

C3dConfig take_network(Fields& fields, const NamedTensors& tensors) {
  C3dConfig network;
  const std::int64_t classes = outputs_of(tensors, "fc8.weight");
  network.classes = classes;
  fields.take("classes", network.classes);
  expect(network.classes == classes, "metadata: 'classes' says {}, but fc8.weight has {} rows",
         network.classes, classes);
  if (!fields.take("width", network.width)) {
    network.width = static_cast<double>(outputs_of(tensors, "fc7.weight")) / 4096.0;
  }
  check_width(tensors, network.width);
  fields.take("clip_frames", network.clip_frames);
  fields.take("crop", network.crop);
  expect(network.clip_frames >= 1 && network.crop >= 1,
         "metadata: clips of {} frames of {} pixels are not possible", network.clip_frames, network.crop);
  fields.take("dropout", network.dropout);
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

Preprocessing take_preprocessing(Fields& fields, const NamedTensors& tensors, const C3dConfig& network) {
  Preprocessing p;
  if (const auto name = fields.take_text("profile")) p = profile_preprocessing(parse_profile(*name));
  if (const auto rule = fields.take_text("resize")) p.resize = parse_resize_rule(*rule);
  fields.take("resize_width", p.resize_width);
  fields.take("resize_height", p.resize_height);
  fields.take("crop_top", p.crop_top);
  fields.take("crop_left", p.crop_left);
  fields.take("frame_stride", p.frame_stride);
  if (const auto order = fields.take_text("colour_order")) p.order = parse_colour_order(*order);
  fields.take("mean", p.mean);
  fields.take("scale", p.scale);
  p.mean_cube = take_mean_cube(tensors);
  try {
    check_preprocessing(p, network.clip_frames, network.crop);
  } catch (const Error& error) {
    fail("metadata: {}", Lines{error.message()});
  }
  return p;
}

}  // namespace

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
  if (!info.preprocessing_known) return metadata;
  metadata["profile"] = to_string(p.profile);
  metadata["resize"] = to_string(p.resize);
  metadata["crop_top"] = fmt::format("{}", p.crop_top);
  metadata["crop_left"] = fmt::format("{}", p.crop_left);
  metadata["resize_width"] = fmt::format("{}", p.resize_width);
  metadata["resize_height"] = fmt::format("{}", p.resize_height);
  metadata["frame_stride"] = fmt::format("{}", p.frame_stride);
  metadata["colour_order"] = p.order == ColourOrder::rgb ? "rgb" : "bgr";
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

ModelInfo model_info(const NamedTensors& tensors) {
  Fields fields(tensors.metadata());
  ModelInfo info;
  const std::string architecture = fields.take_text("architecture").value_or("c3d");
  expect(architecture == "c3d", "these are the weights of '{}', not of a C3D", architecture);
  fields.take_text("format");
  info.network = take_network(fields, tensors);
  info.preprocessing = take_preprocessing(fields, tensors, info.network);
  info.preprocessing_known = says_preprocessing(tensors);
  fields.take("labels", info.labels);
  if (info.labels.empty()) {
    for (std::int64_t i = 0; i < info.network.classes; ++i) info.labels.push_back(fmt::format("class {}", i));
  }
  expect(static_cast<std::int64_t>(info.labels.size()) == info.network.classes,
         "metadata: {} labels for {} classes", info.labels.size(), info.network.classes);
  info.other = std::move(fields).left();
  return info;
}

void choose_profile(ModelInfo& info, Profile profile) {
  if (info.preprocessing_known) {
    expect(profile == info.preprocessing.profile,
           "the weights say themselves how their frames are prepared ({}); leave --profile out",
           to_string(info.preprocessing.profile));
    return;
  }
  const int stride = info.preprocessing.frame_stride;
  info.preprocessing = profile_preprocessing(profile);
  info.preprocessing.frame_stride = stride;
  info.preprocessing_known = true;
}

}  // namespace c3d
