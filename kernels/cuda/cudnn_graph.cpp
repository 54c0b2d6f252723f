#include "kernels/cuda/cudnn_graph.h"

#include "kernels/cuda/check.h"

namespace c3d::cuda {
namespace {

using Axes = std::array<std::int64_t, 5>;  // N C D H W

// Our N D H W C (or K kd kh kw C), as cuDNN names its axes.
Axes dimensions_of(const Shape& shape) { return {shape[0], shape[4], shape[1], shape[2], shape[3]}; }

Axes strides_of(const Shape& shape) {
  const std::int64_t c = shape[4], w = shape[3], h = shape[2], d = shape[1];
  return {d * h * w * c, 1, h * w * c, w * c, c};
}

std::array<std::int64_t, 3> axes_of(const Extent3& extent) { return {extent.d, extent.h, extent.w}; }

}  // namespace

Descriptor::Descriptor(cudnnBackendDescriptorType_t type) : type_(type) {
  cudnnBackendDescriptor_t created = nullptr;
  check(cudnn().create_descriptor(type, &created), "making a cuDNN descriptor of type {}",
        static_cast<int>(type));
  handle_.reset(created);
}

void Descriptor::set_raw(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
                         std::int64_t count, const void* values) {
  check(cudnn().set_attribute(handle_.get(), name, type, count, values),
        "setting attribute {} of a cuDNN descriptor of type {}", static_cast<int>(name),
        static_cast<int>(type_));
}

std::int64_t Descriptor::get_raw(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
                                 std::int64_t room, void* values) const {
  std::int64_t count = 0;
  check(cudnn().get_attribute(handle_.get(), name, type, room, &count, values),
        "reading attribute {} of a cuDNN descriptor of type {}", static_cast<int>(name),
        static_cast<int>(type_));
  return count;
}

void Descriptor::set(cudnnBackendAttributeName_t name, std::int64_t value) {
  set_raw(name, CUDNN_TYPE_INT64, 1, &value);
}
void Descriptor::set(cudnnBackendAttributeName_t name, std::span<const std::int64_t> values) {
  set_raw(name, CUDNN_TYPE_INT64, static_cast<std::int64_t>(values.size()), values.data());
}
void Descriptor::set(cudnnBackendAttributeName_t name, float value) {
  set_raw(name, CUDNN_TYPE_FLOAT, 1, &value);
}
void Descriptor::set(cudnnBackendAttributeName_t name, bool value) {
  set_raw(name, CUDNN_TYPE_BOOLEAN, 1, &value);
}
void Descriptor::set(cudnnBackendAttributeName_t name, cudnnDataType_t value) {
  set_raw(name, CUDNN_TYPE_DATA_TYPE, 1, &value);
}
void Descriptor::set(cudnnBackendAttributeName_t name, cudnnConvolutionMode_t value) {
  set_raw(name, CUDNN_TYPE_CONVOLUTION_MODE, 1, &value);
}
void Descriptor::set(cudnnBackendAttributeName_t name, cudnnPointwiseMode_t value) {
  set_raw(name, CUDNN_TYPE_POINTWISE_MODE, 1, &value);
}
void Descriptor::set(cudnnBackendAttributeName_t name, cudnnNanPropagation_t value) {
  set_raw(name, CUDNN_TYPE_NAN_PROPOGATION, 1, &value);
}
void Descriptor::set(cudnnBackendAttributeName_t name, cudnnBackendHeurMode_t value) {
  set_raw(name, CUDNN_TYPE_HEUR_MODE, 1, &value);
}
void Descriptor::set(cudnnBackendAttributeName_t name, cudnnHandle_t value) {
  set_raw(name, CUDNN_TYPE_HANDLE, 1, &value);
}
void Descriptor::set(cudnnBackendAttributeName_t name, const Descriptor& value) {
  const cudnnBackendDescriptor_t descriptor = value.get();
  set_raw(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &descriptor);
}
void Descriptor::set(cudnnBackendAttributeName_t name, std::span<void* const> pointers,
                     cudnnBackendAttributeType_t type) {
  set_raw(name, type, static_cast<std::int64_t>(pointers.size()), pointers.data());
}
void Descriptor::set_text(cudnnBackendAttributeName_t name, const std::string& text) {
  set_raw(name, CUDNN_TYPE_CHAR, static_cast<std::int64_t>(text.size()), text.data());
}

void Descriptor::finalize(const char* what) { check(try_finalize(), "making {}", what); }

std::int64_t Descriptor::integer(cudnnBackendAttributeName_t name) const {
  std::int64_t value = 0;
  get_raw(name, CUDNN_TYPE_INT64, 1, &value);
  return value;
}

std::vector<Descriptor> Descriptor::descriptors(cudnnBackendAttributeName_t name,
                                                cudnnBackendDescriptorType_t type, std::int64_t room) const {
  if (room == 0) room = get_raw(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 0, nullptr);
  std::vector<Descriptor> found;
  std::vector<cudnnBackendDescriptor_t> raw;
  for (std::int64_t i = 0; i < room; ++i) raw.push_back(found.emplace_back(type).get());
  const std::int64_t count = room == 0 ? 0 : get_raw(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, room, raw.data());
  found.erase(found.begin() + count, found.end());
  return found;
}

cudnnDataType_t data_type_of(DType type) {
  switch (type) {
    case DType::f32:
      return CUDNN_DATA_FLOAT;
    case DType::bf16:
      return CUDNN_DATA_BFLOAT16;
    case DType::u8:
      return CUDNN_DATA_UINT8;
    case DType::i32:
      return CUDNN_DATA_INT32;
    case DType::e4m3:
      return CUDNN_DATA_FP8_E4M3;
  }
  fail("cudnn: there is no such element type");
}

const Descriptor& ConvGraph::keep(Descriptor descriptor) {
  kept_.push_back(std::move(descriptor));
  return kept_.back();
}

const Descriptor& ConvGraph::tensor(TensorId id, const Shape& shape, DType type, bool is_virtual) {
  Descriptor tensor(CUDNN_BACKEND_TENSOR_DESCRIPTOR);
  tensor.set(CUDNN_ATTR_TENSOR_UNIQUE_ID, static_cast<std::int64_t>(id));
  tensor.set(CUDNN_ATTR_TENSOR_DATA_TYPE, data_type_of(type));
  tensor.set(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, std::int64_t{16});
  tensor.set(CUDNN_ATTR_TENSOR_DIMENSIONS, dimensions_of(shape));
  tensor.set(CUDNN_ATTR_TENSOR_STRIDES, strides_of(shape));
  tensor.set(CUDNN_ATTR_TENSOR_IS_VIRTUAL, is_virtual);
  tensor.finalize("a tensor descriptor");
  return keep(std::move(tensor));
}

const Descriptor& ConvGraph::convolution(const Conv3dGeometry& geometry) {
  Descriptor convolution(CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR);
  convolution.set(CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, std::int64_t{3});
  convolution.set(CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_DATA_FLOAT);
  convolution.set(CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_CROSS_CORRELATION);
  convolution.set(CUDNN_ATTR_CONVOLUTION_DILATIONS, axes_of({1, 1, 1}));
  convolution.set(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, axes_of(geometry.stride));
  convolution.set(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, axes_of(geometry.pad));
  convolution.set(CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, axes_of(geometry.pad));
  convolution.finalize("a convolution descriptor");
  return keep(std::move(convolution));
}

const Descriptor& ConvGraph::pointwise(cudnnPointwiseMode_t mode) {
  Descriptor pointwise(CUDNN_BACKEND_POINTWISE_DESCRIPTOR);
  pointwise.set(CUDNN_ATTR_POINTWISE_MODE, mode);
  pointwise.set(CUDNN_ATTR_POINTWISE_MATH_PREC, CUDNN_DATA_FLOAT);
  // ReLU keeps NaN, as far as an engine can.
  if (mode == CUDNN_POINTWISE_RELU_FWD) {
    pointwise.set(CUDNN_ATTR_POINTWISE_NAN_PROPAGATION, CUDNN_PROPAGATE_NAN);
  }
  pointwise.finalize("a pointwise descriptor");
  return keep(std::move(pointwise));
}

void ConvGraph::add_pointwise(cudnnPointwiseMode_t mode, const Descriptor& from, const Descriptor* with,
                              const Descriptor& result) {
  Descriptor operation(CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR);
  operation.set(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, pointwise(mode));
  operation.set(CUDNN_ATTR_OPERATION_POINTWISE_XDESC, from);
  if (with != nullptr) operation.set(CUDNN_ATTR_OPERATION_POINTWISE_BDESC, *with);
  operation.set(CUDNN_ATTR_OPERATION_POINTWISE_YDESC, result);
  operation.finalize("an operation on each element");
  operations_.push_back(std::move(operation));
}

ConvGraph ConvGraph::forward(const Conv3dGeometry& geometry, bool relu, const Shape& x, const Shape& filter,
                             const Shape& y, const Format& format) {
  ConvGraph graph;
  graph.kept_.reserve(12);  // what keep() returns stays where it is
  const DType operands = operand_type(format);
  const bool has_factors = format.product == ProductType::e4m3;
  const Shape channels{1, 1, 1, 1, filter[0]};
  const Descriptor& convolved = graph.tensor(kConvolved, y, DType::f32, true);
  const Descriptor& result = graph.tensor(kY, y, format.storage);
  const Descriptor& biased = relu ? graph.tensor(kBiased, y, DType::f32, true) : result;

  Descriptor convolve(CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR);
  convolve.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC, graph.convolution(geometry));
  convolve.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X, graph.tensor(kX, x, operands));
  convolve.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W, graph.tensor(kFilter, filter, operands));
  convolve.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y, convolved);
  convolve.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA, 1.0f);
  convolve.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA, 0.0f);
  convolve.finalize("a convolution operation");
  graph.operations_.push_back(std::move(convolve));

  const Descriptor* sums = &convolved;
  if (has_factors) {
    const Descriptor& scaled = graph.tensor(kScaled, y, DType::f32, true);
    graph.add_pointwise(CUDNN_POINTWISE_MUL, convolved, &graph.tensor(kFactors, channels, DType::f32),
                        scaled);
    sums = &scaled;
  }
  graph.add_pointwise(CUDNN_POINTWISE_ADD, *sums,
                      &graph.tensor(kBias, channels, has_factors ? DType::f32 : operands), biased);
  if (relu) graph.add_pointwise(CUDNN_POINTWISE_RELU_FWD, biased, nullptr, result);
  return graph;
}

ConvGraph ConvGraph::backward_data(const Conv3dGeometry& geometry, const Shape& x, const Shape& filter,
                                   const Shape& y, DType type) {
  ConvGraph graph;
  graph.kept_.reserve(10);
  Descriptor convolve(CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR);
  convolve.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC, graph.convolution(geometry));
  convolve.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX, graph.tensor(kX, x, type));
  convolve.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W, graph.tensor(kFilter, filter, type));
  convolve.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY, graph.tensor(kY, y, type));
  convolve.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA, 1.0f);
  convolve.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA, 0.0f);
  convolve.finalize("a data gradient operation");
  graph.operations_.push_back(std::move(convolve));
  return graph;
}

ConvGraph ConvGraph::backward_filter(const Conv3dGeometry& geometry, const Shape& x, const Shape& filter,
                                     const Shape& y, DType type, DType filter_type) {
  ConvGraph graph;
  graph.kept_.reserve(10);
  Descriptor convolve(CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR);
  convolve.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC, graph.convolution(geometry));
  convolve.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X, graph.tensor(kX, x, type));
  convolve.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW, graph.tensor(kFilter, filter, filter_type));
  convolve.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY, graph.tensor(kY, y, type));
  convolve.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA, 1.0f);
  convolve.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA, 0.0f);
  convolve.finalize("a filter gradient operation");
  graph.operations_.push_back(std::move(convolve));
  return graph;
}

Descriptor ConvGraph::operation_graph(cudnnHandle_t handle) const {
  std::vector<cudnnBackendDescriptor_t> operations;
  operations.reserve(operations_.size());
  for (const Descriptor& operation : operations_) operations.push_back(operation.get());
  Descriptor graph(CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR);
  graph.set(CUDNN_ATTR_OPERATIONGRAPH_OPS, operations, CUDNN_TYPE_BACKEND_DESCRIPTOR);
  if (handle != nullptr) graph.set(CUDNN_ATTR_OPERATIONGRAPH_HANDLE, handle);
  graph.finalize("an operation graph");
  return graph;
}

}  // namespace c3d::cuda
