#include "tools/shared/model_file.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "engine/core/error.h"

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

Preprocessing take_preprocessing(Fields& fields, std::int64_t crop) {
  Preprocessing p;
  fields.take("resize_width", p.resize_width);
  fields.take("resize_height", p.resize_height);
  expect(p.resize_width >= crop && p.resize_height >= crop,
         "metadata: frames of {}x{} hold no crop of {} pixels", p.resize_width, p.resize_height, crop);
  fields.take("frame_stride", p.frame_stride);
  expect(p.frame_stride >= 1, "metadata: 'frame_stride' says {}; it is at least 1", p.frame_stride);
  if (const auto order = fields.take_text("colour_order")) p.order = parse_colour_order(*order);
  fields.take("mean", p.mean);
  fields.take("scale", p.scale);
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
  metadata["resize_width"] = fmt::format("{}", p.resize_width);
  metadata["resize_height"] = fmt::format("{}", p.resize_height);
  metadata["frame_stride"] = fmt::format("{}", p.frame_stride);
  metadata["colour_order"] = p.order == ColourOrder::rgb ? "rgb" : "bgr";
  metadata["mean"] = fmt::format("[{}, {}, {}]", p.mean[0], p.mean[1], p.mean[2]);
  metadata["scale"] = fmt::format("{}", p.scale);
  return metadata;
}

ModelInfo model_info(const NamedTensors& tensors) {
  Fields fields(tensors.metadata());
  ModelInfo info;
  const std::string architecture = fields.take_text("architecture").value_or("c3d");
  expect(architecture == "c3d", "these are the weights of '{}', not of a C3D", architecture);
  fields.take_text("format");
  info.network = take_network(fields, tensors);
  info.preprocessing = take_preprocessing(fields, info.network.crop);
  fields.take("labels", info.labels);
  if (info.labels.empty()) {
    for (std::int64_t i = 0; i < info.network.classes; ++i) info.labels.push_back(fmt::format("class {}", i));
  }
  expect(static_cast<std::int64_t>(info.labels.size()) == info.network.classes,
         "metadata: {} labels for {} classes", info.labels.size(), info.network.classes);
  info.other = std::move(fields).left();
  return info;
}

}  // namespace c3d
