#include "weights/onnx_graph.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/core/error.h"
#include "engine/io/json.h"
#include "model/c3d_layers.h"

namespace c3d {
namespace {

constexpr std::int64_t kIrVersion = 6, kOpset = 11;
constexpr const char* kClip = "clip";
constexpr const char* kLogits = "logits";
constexpr const char* kBatch = "batch";

// ONNX readers refuse text that is not UTF-8.
std::string utf8(const std::string& text) {
  using nlohmann::json;
  return parse_json(dump_json(json(text))).get<std::string>();
}

void set_shape(onnx::ValueInfoProto& value, std::initializer_list<std::int64_t> after_batch) {
  auto& type = *value.mutable_type()->mutable_tensor_type();
  type.set_elem_type(onnx::TensorProto::FLOAT);
  type.mutable_shape()->add_dim()->set_dim_param(kBatch);
  for (const std::int64_t extent : after_batch) type.mutable_shape()->add_dim()->set_dim_value(extent);
}

void add_ints(onnx::NodeProto& node, const char* name, std::initializer_list<std::int64_t> values) {
  auto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::INTS);
  for (const std::int64_t value : values) attribute.add_ints(value);
}

void add_int(onnx::NodeProto& node, const char* name, std::int64_t value) {
  auto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::INT);
  attribute.set_i(value);
}

// Appends layer after layer; each reads what the one before gives.
class Builder {
 public:
  Builder(OnnxGraph& result, const NamedTensors& tensors, const C3dConfig& config)
      : graph_(*result.model.mutable_graph()),
        initializers_(result.initializers),
        tensors_(tensors),
        config_(config),
        extent_{config.clip_frames, config.crop, config.crop} {}

  void build() {
    for (const C3dLayer& layer : kC3dConvolutions) {
      convolution(layer);
      relu(layer.name);
      if (layer.pool) pool(layer.pool);
    }
    add_int(node("Flatten", "flatten"), "axis", 1);
    channels_ *= extent_.volume();
    for (const C3dLayer& layer : kC3dLinears) {
      linear(layer.name);
      if (&layer != &kC3dLinears.back()) relu(layer.name);
    }
    graph_.mutable_node()->rbegin()->set_output(0, kLogits);
    expect(channels_ == config_.classes, "fc8.weight has {} rows for {} classes", channels_, config_.classes);
    refuse_others();
  }

 private:
  onnx::NodeProto& node(const char* type, const std::string& name) {
    onnx::NodeProto& node = *graph_.add_node();
    node.set_op_type(type);
    node.set_name(name);
    node.add_input(value_);
    node.add_output(name);
    value_ = name;
    return node;
  }

  // The tensor's first extent; the others must be `after_first`.
  std::int64_t parameter(onnx::NodeProto& node, const std::string& name,
                         const std::vector<std::int64_t>& after_first) {
    const NamedTensor& tensor = tensors_.at(name);
    const Shape& shape = tensor.values.shape();
    std::vector<std::int64_t> wanted{shape.rank() > 0 ? shape[0] : 0};
    wanted.insert(wanted.end(), after_first.begin(), after_first.end());
    expect(wanted[0] > 0 && shape == Shape(wanted), "'{}' is {}, this network needs {}", name,
           to_string(shape), to_string(Shape(wanted)));
    expect(tensor.values.type() == DType::f32 || tensor.values.type() == DType::bf16,
           "'{}' holds {}, but must hold f32 or bf16", name, to_string(tensor.values.type()));
    expect(tensor.values.memory_kind() != MemoryKind::device, "'{}' is not in host memory", name);
    node.add_input(name);
    initializers_.push_back(&tensor);
    return wanted[0];
  }

  void weight_and_bias(onnx::NodeProto& node, const std::string& layer,
                       const std::vector<std::int64_t>& inputs) {
    const std::int64_t outputs = parameter(node, layer + ".weight", inputs);
    const std::int64_t biases = parameter(node, layer + ".bias", {});
    expect(biases == outputs, "'{}.bias' is [{}], this network needs [{}]", layer, biases, outputs);
    channels_ = outputs;
  }

  void convolution(const C3dLayer& layer) {
    const Conv3dGeometry& g = layer.convolution;
    onnx::NodeProto& conv = node("Conv", layer.name);
    weight_and_bias(conv, layer.name, {channels_, g.kernel.d, g.kernel.h, g.kernel.w});
    add_ints(conv, "kernel_shape", {g.kernel.d, g.kernel.h, g.kernel.w});
    add_ints(conv, "strides", {g.stride.d, g.stride.h, g.stride.w});
    add_ints(conv, "pads", {g.pad.d, g.pad.h, g.pad.w, g.pad.d, g.pad.h, g.pad.w});
  }

  void relu(const std::string& layer) { node("Relu", layer + ".relu"); }

  void pool(const C3dPool& layer) {
    const Pool3dGeometry g = layer.geometry(config_.pool5);
    extent_ = output_extent(g, extent_);
    expect(extent_.volume() > 0, "clips of {} frames and {} x {} pixels do not survive {}",
           config_.clip_frames, config_.crop, config_.crop, layer.name);
    onnx::NodeProto& pool = node("MaxPool", layer.name);
    add_ints(pool, "kernel_shape", {g.kernel.d, g.kernel.h, g.kernel.w});
    add_ints(pool, "strides", {g.stride.d, g.stride.h, g.stride.w});
    add_ints(pool, "pads",
             {g.pad_before.d, g.pad_before.h, g.pad_before.w, g.pad_after.d, g.pad_after.h, g.pad_after.w});
  }

  void linear(const std::string& name) {
    onnx::NodeProto& gemm = node("Gemm", name);
    weight_and_bias(gemm, name, {channels_});
    add_int(gemm, "transB", 1);
  }

  void refuse_others() const {
    for (const NamedTensor& tensor : tensors_.all()) {
      expect(std::ranges::find(initializers_, &tensor) != initializers_.end(),
             "'{}' {} is no parameter of this network", tensor.name, to_string(tensor.values.shape()));
    }
  }

  onnx::GraphProto& graph_;
  std::vector<const NamedTensor*>& initializers_;
  const NamedTensors& tensors_;
  const C3dConfig& config_;
  Extent3 extent_;
  std::int64_t channels_ = kColours;
  std::string value_ = kClip;  // what the next node reads
};

std::string clip_description(const NamedTensors& tensors, const C3dConfig& config) {
  std::string text = fmt::format(
      "Clips [batch, channel, frame, row, column] of {} frames, {} x {} pixels, float32: pixels of 0 to 255, "
      "less "
      "the mean, times the scale.",
      config.clip_frames, config.crop, config.crop);
  for (const auto& [key, label] :
       {std::pair{"colour_order", "Order of the colours"}, std::pair{"mean", "mean"},
        std::pair{"scale", "scale"}, std::pair{"profile", "prepared as in"}}) {
    if (const auto value = tensors.metadata(key)) text += fmt::format(" {}: {}.", label, utf8(*value));
  }
  return text;
}

void describe(onnx::ModelProto& model, const NamedTensors& tensors, const C3dConfig& config) {
  model.set_ir_version(kIrVersion);
  model.set_producer_name("c3d");
  model.add_opset_import()->set_version(kOpset);
  model.mutable_opset_import(0)->set_domain("");
  model.set_doc_string("C3D (Tran et al. 2015): a clip of video to the logits of its classes.");
  std::map<std::string, std::string> properties = tensors.metadata();
  properties["pool5"] = to_string(config.pool5);
  for (const auto& [key, value] : properties) {
    auto& property = *model.add_metadata_props();
    property.set_key(utf8(key));
    property.set_value(utf8(value));
  }
}

}  // namespace

OnnxGraph onnx_graph(const NamedTensors& tensors, const C3dConfig& config) {
  OnnxGraph result;
  describe(result.model, tensors, config);
  onnx::GraphProto& graph = *result.model.mutable_graph();
  graph.set_name("c3d");
  onnx::ValueInfoProto& clip = *graph.add_input();
  clip.set_name(kClip);
  clip.set_doc_string(clip_description(tensors, config));
  set_shape(clip, {kColours, config.clip_frames, config.crop, config.crop});
  Builder(result, tensors, config).build();
  onnx::ValueInfoProto& logits = *graph.add_output();
  logits.set_name(kLogits);
  logits.set_doc_string(
      tensors.metadata("targets") == "label_set"
          ? "One row per clip, before the sigmoid of each label; labels, and the thresholds of their "
            "probabilities where they are known, stand in the metadata."
          : "One row per clip, before softmax; labels, where they are known, stand in the metadata.");
  set_shape(logits, {config.classes});
  return result;
}

}  // namespace c3d
