#include "weights/onnx.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <bit>
#include <limits>
#include <span>

#include "engine/core/bfloat16.h"
#include "engine/core/error.h"
#include "engine/io/atomic_file.h"
#include "weights/onnx_graph.h"

namespace c3d {
namespace {

static_assert(std::endian::native == std::endian::little, "values are written as they lie in memory");

constexpr std::uint32_t kModelGraph = 7, kGraphInitializer = 5, kTensorRawData = 9;

// The bytes before a message or bytes of that size in a protobuf file.
std::string prefix(std::uint32_t field, std::uint64_t size) {
  constexpr std::uint32_t kLengthDelimited = 2;
  std::string text;
  google::protobuf::io::StringOutputStream stream(&text);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.WriteTag((field << 3) | kLengthDelimited);
  coded.WriteVarint64(size);
  coded.Trim();
  return text;
}

std::uint64_t raw_bytes(const NamedTensor& tensor) {
  return static_cast<std::uint64_t>(tensor.values.count()) * sizeof(float);
}

// A tensor as a field of the graph, up to where its values begin.
std::string initializer_start(const NamedTensor& tensor) {
  onnx::TensorProto proto;
  for (const std::int64_t extent : tensor.values.shape().extents()) proto.add_dims(extent);
  proto.set_data_type(onnx::TensorProto::FLOAT);
  proto.set_name(tensor.name);
  const std::uint64_t values = raw_bytes(tensor);
  const std::string inner = proto.SerializeAsString() + prefix(kTensorRawData, values);
  return prefix(kGraphInitializer, inner.size() + values) + inner;
}

void write_values(AtomicFile& file, const ConstTensor& values) {
  if (values.type() == DType::f32) {
    file.write(std::span(values.data(), values.bytes()));
    return;
  }
  const std::span narrow(values.as<BFloat16>(), static_cast<std::size_t>(values.count()));
  std::vector<float> wide;
  wide.reserve(narrow.size());
  for (const BFloat16 value : narrow) wide.push_back(to_float(value));
  file.write(std::as_bytes(std::span(wide)));
}

void write_model(const std::filesystem::path& path, OnnxGraph& onnx) {
  const std::string graph = onnx.model.graph().SerializeAsString();
  onnx.model.clear_graph();
  const std::string model = onnx.model.SerializeAsString();
  std::vector<std::string> starts;
  std::uint64_t graph_bytes = graph.size();
  for (const NamedTensor* tensor : onnx.initializers) {
    starts.push_back(initializer_start(*tensor));
    graph_bytes += starts.back().size() + raw_bytes(*tensor);
  }
  const std::string graph_start = prefix(kModelGraph, graph_bytes);
  const std::uint64_t total = model.size() + graph_start.size() + graph_bytes;
  expect(total <= static_cast<std::uint64_t>(std::numeric_limits<std::int32_t>::max()),
         "it would have {} bytes; ONNX files end at 2 GiB", total);

  AtomicFile file(path);
  file.write(model);
  file.write(graph_start);
  file.write(graph);
  for (std::size_t i = 0; i < starts.size(); ++i) {
    file.write(starts[i]);
    write_values(file, onnx.initializers[i]->values);
  }
  file.commit();
}

}  // namespace

void write_onnx(const std::filesystem::path& path, const NamedTensors& tensors, const C3dConfig& config) {
  try {
    OnnxGraph graph = onnx_graph(tensors, config);
    write_model(path, graph);
  } catch (Error& error) {
    error.add_context("while writing " + path.string());
    throw;
  }
}

}  // namespace c3d
