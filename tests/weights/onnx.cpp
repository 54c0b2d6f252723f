#include "weights/onnx.h"

#include <cstring>

#include "catch.h"
#include "tests/support/message_of.h"
#include "tests/support/scratch_folder.h"
#include "weights/proto/onnx.pb.h"

namespace c3d {
namespace {

constexpr std::int64_t kClasses = 5;

void add(NamedTensors& tensors, const std::string& name, const Shape& shape) {
  float* values = tensors.add(name, shape, DType::f32).as<float>();
  for (std::int64_t i = 0; i < shape.count(); ++i) values[i] = static_cast<float>(i % 13 - 6) / 8;
}

// A C3D with few channels, and fc6 for clips of 48 x 48 pixels.
NamedTensors narrow_c3d() {
  NamedTensors tensors;
  const std::pair<const char*, std::int64_t> convolutions[] = {{"conv1", 2},  {"conv2", 3},  {"conv3a", 4},
                                                               {"conv3b", 4}, {"conv4a", 5}, {"conv4b", 5},
                                                               {"conv5a", 6}, {"conv5b", 6}};
  std::int64_t channels = 3;
  for (const auto& [name, filters] : convolutions) {
    add(tensors, std::string(name) + ".weight", {filters, channels, 3, 3, 3});
    add(tensors, std::string(name) + ".bias", {filters});
    channels = filters;
  }
  channels *= 2 * 2;
  for (const auto& [name, features] :
       {std::pair<const char*, std::int64_t>{"fc6", 8}, {"fc7", 7}, {"fc8", kClasses}}) {
    add(tensors, std::string(name) + ".weight", {features, channels});
    add(tensors, std::string(name) + ".bias", {features});
    channels = features;
  }
  tensors.metadata() = {{"labels", "[\"a\",\"b\"]"}, {"mean", "[90, 98, 102]"}, {"colour_order", "bgr"}};
  return tensors;
}

C3dConfig narrow_config(Pool5Rule rule = Pool5Rule::pytorch) {
  C3dConfig config;
  config.classes = kClasses;
  config.crop = 48;
  config.pool5 = rule;
  return config;
}

// Everything but one tensor; that one as `replacement` makes it, or not at all.
NamedTensors without(const std::string& name) {
  const NamedTensors whole = narrow_c3d();
  NamedTensors result;
  for (const NamedTensor& tensor : whole.all()) {
    if (tensor.name != name) result.add(tensor);
  }
  return result;
}

onnx::ModelProto written(const NamedTensors& tensors, const C3dConfig& config) {
  const ScratchFolder folder;
  write_onnx(folder / "a.onnx", tensors, config);
  onnx::ModelProto model;
  REQUIRE(model.ParseFromString(read_text(folder / "a.onnx")));
  return model;
}

const onnx::NodeProto& node_of(const onnx::ModelProto& model, const std::string& name) {
  for (const auto& node : model.graph().node()) {
    if (node.name() == name) return node;
  }
  fail("no node {}", name);
}

std::vector<std::int64_t> ints_of(const onnx::NodeProto& node, const std::string& name) {
  for (const auto& attribute : node.attribute()) {
    if (attribute.name() != name) continue;
    CHECK(attribute.type() == onnx::AttributeProto::INTS);
    return {attribute.ints().begin(), attribute.ints().end()};
  }
  return {};
}

using Ints = std::vector<std::int64_t>;

TEST_CASE("an ONNX file holds the chain of a C3D from clip to logits") {
  const onnx::ModelProto model = written(narrow_c3d(), narrow_config());
  CHECK(model.ir_version() == 6);
  REQUIRE(model.opset_import_size() == 1);
  CHECK(model.opset_import(0).version() == 11);
  const auto& graph = model.graph();
  std::string types, value = "clip";
  for (const auto& node : graph.node()) {
    types += node.op_type() + " ";
    CHECK(node.input(0) == value);
    value = node.output(0);
  }
  CHECK(value == "logits");
  CHECK(types ==
        "Conv Relu MaxPool Conv Relu MaxPool Conv Relu Conv Relu MaxPool Conv Relu Conv Relu MaxPool "
        "Conv Relu Conv Relu MaxPool Flatten Gemm Relu Gemm Relu Gemm ");
  CHECK(ints_of(node_of(model, "conv1"), "kernel_shape") == Ints{3, 3, 3});
  CHECK(ints_of(node_of(model, "conv1"), "pads") == Ints{1, 1, 1, 1, 1, 1});
  CHECK(ints_of(node_of(model, "pool1"), "kernel_shape") == Ints{1, 2, 2});
  CHECK(ints_of(node_of(model, "pool1"), "strides") == Ints{1, 2, 2});
  CHECK(ints_of(node_of(model, "pool2"), "strides") == Ints{2, 2, 2});
  CHECK(node_of(model, "fc6").attribute(0).name() == "transB");
  CHECK(node_of(model, "fc6").attribute(0).i() == 1);
  CHECK(node_of(model, "fc6").input(1) == "fc6.weight");
  CHECK(node_of(model, "fc6").input(2) == "fc6.bias");
}

TEST_CASE("an ONNX file pads pool5 as the rule says") {
  CHECK(ints_of(node_of(written(narrow_c3d(), narrow_config()), "pool5"), "pads") == Ints{0, 1, 1, 0, 1, 1});
  const onnx::ModelProto caffe = written(narrow_c3d(), narrow_config(Pool5Rule::caffe));
  CHECK(ints_of(node_of(caffe, "pool5"), "pads") == Ints{0, 0, 0, 0, 1, 1});
  CHECK(ints_of(node_of(caffe, "pool4"), "pads") == Ints{0, 0, 0, 0, 0, 0});
}

TEST_CASE("an ONNX file takes any number of clips and says what they are") {
  const onnx::ModelProto model = written(narrow_c3d(), narrow_config());
  REQUIRE(model.graph().input_size() == 1);
  const auto& clip = model.graph().input(0);
  const auto& shape = clip.type().tensor_type().shape();
  CHECK(clip.type().tensor_type().elem_type() == onnx::TensorProto::FLOAT);
  REQUIRE(shape.dim_size() == 5);
  CHECK(shape.dim(0).dim_param() == "batch");
  CHECK(shape.dim(1).dim_value() == 3);
  CHECK(shape.dim(2).dim_value() == 16);
  CHECK(shape.dim(4).dim_value() == 48);
  CHECK(clip.doc_string().find("mean: [90, 98, 102]") != std::string::npos);
  CHECK(clip.doc_string().find("bgr") != std::string::npos);
  REQUIRE(model.graph().output_size() == 1);
  CHECK(model.graph().output(0).type().tensor_type().shape().dim(0).dim_param() == "batch");
  CHECK(model.graph().output(0).type().tensor_type().shape().dim(1).dim_value() == kClasses);
}

TEST_CASE("an ONNX file holds the tensors' values and metadata") {
  NamedTensors tensors = narrow_c3d();
  tensors.metadata()["source"] = "caf\xe9";
  const onnx::ModelProto model = written(tensors, narrow_config(Pool5Rule::caffe));
  REQUIRE(model.graph().initializer_size() == static_cast<int>(tensors.all().size()));
  for (const auto& initializer : model.graph().initializer()) {
    INFO(initializer.name());
    const ConstTensor& values = tensors.at(initializer.name()).values;
    CHECK(initializer.data_type() == onnx::TensorProto::FLOAT);
    CHECK(Shape(std::span(initializer.dims().data(), static_cast<std::size_t>(initializer.dims_size()))) ==
          values.shape());
    REQUIRE(initializer.raw_data().size() == values.bytes());
    CHECK(std::memcmp(initializer.raw_data().data(), values.data(), values.bytes()) == 0);
  }
  std::map<std::string, std::string> metadata;
  for (const auto& entry : model.metadata_props()) metadata[entry.key()] = entry.value();
  CHECK(metadata["labels"] == "[\"a\",\"b\"]");
  CHECK(metadata["pool5"] == "caffe");
  CHECK(metadata["source"] == "caf\xef\xbf\xbd");
}

TEST_CASE("bf16 tensors are written to ONNX as f32") {
  NamedTensors tensors = without("fc8.bias");
  BFloat16* values = tensors.add("fc8.bias", {kClasses}, DType::bf16).as<BFloat16>();
  for (int i = 0; i < kClasses; ++i) values[i] = to_bfloat16(static_cast<float>(i) - 1.5f);
  const onnx::ModelProto model = written(tensors, narrow_config());
  const auto& last = *model.graph().initializer().rbegin();
  REQUIRE(last.name() == "fc8.bias");
  REQUIRE(last.raw_data().size() == kClasses * sizeof(float));
  float first = 0;
  std::memcpy(&first, last.raw_data().data(), sizeof first);
  CHECK(first == -1.5f);
}

TEST_CASE("what is no C3D is not written to ONNX, and the old file stays") {
  const ScratchFolder folder;
  const auto path = folder.write("a.onnx", "old");
  const auto error_of = [&](const NamedTensors& tensors, const C3dConfig& config) {
    return message_of([&] { write_onnx(path, tensors, config); });
  };
  CHECK_THAT(error_of(without("conv3b.bias"), narrow_config()), Catch::Contains("no tensor 'conv3b.bias'"));
  NamedTensors misshapen = without("conv2.weight");
  add(misshapen, "conv2.weight", {3, 2, 3, 3, 1});
  CHECK_THAT(error_of(misshapen, narrow_config()),
             Catch::Contains("'conv2.weight' is [3, 2, 3, 3, 1], this network needs [3, 2, 3, 3, 3]"));
  NamedTensors extra = narrow_c3d();
  add(extra, "fc9.weight", {1});
  CHECK_THAT(error_of(extra, narrow_config()), Catch::Contains("'fc9.weight' [1] is no parameter"));
  C3dConfig more_classes = narrow_config();
  more_classes.classes = 6;
  CHECK_THAT(error_of(narrow_c3d(), more_classes), Catch::Contains("5 rows for 6 classes"));
  C3dConfig larger = narrow_config();
  larger.crop = 112;
  CHECK_THAT(error_of(narrow_c3d(), larger),
             Catch::Contains("'fc6.weight' is [8, 24], this network needs [8, 96]"));
  C3dConfig short_clips = narrow_config();
  short_clips.clip_frames = 8;
  CHECK_THAT(error_of(narrow_c3d(), short_clips), Catch::Contains("do not survive pool5"));
  CHECK_THAT(error_of(without("fc6.weight"), narrow_config()), Catch::Contains("a.onnx"));
  CHECK(read_text(path) == "old");
}

}  // namespace
}  // namespace c3d
