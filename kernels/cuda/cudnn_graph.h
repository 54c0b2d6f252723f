// cuDNN's graph API in C++: a descriptor that frees itself, typed attributes, and the operation graphs of a
// convolution. Nothing here knows plans or policy (conv_plan.h). Dimensions are given in cuDNN's order N C D
// H W, whatever the order in memory, which the strides tell: ours is N D H W C everywhere. Source of the
// method: NVIDIA cuDNN 9 developer guide, "graph API"; attribute types as cudnn_graph.h has them.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/core/format.h"
#include "engine/core/geometry.h"
#include "engine/core/handle.h"
#include "engine/core/tensor.h"
#include "kernels/cuda/cudnn_library.h"

namespace c3d::cuda {

class Descriptor {
 public:
  explicit Descriptor(cudnnBackendDescriptorType_t type);

  cudnnBackendDescriptor_t get() const { return handle_.get(); }

  void set(cudnnBackendAttributeName_t name, std::int64_t value);
  void set(cudnnBackendAttributeName_t name, std::span<const std::int64_t> values);
  void set(cudnnBackendAttributeName_t name, float value);
  void set(cudnnBackendAttributeName_t name, bool value);
  void set(cudnnBackendAttributeName_t name, cudnnDataType_t value);
  void set(cudnnBackendAttributeName_t name, cudnnConvolutionMode_t value);
  void set(cudnnBackendAttributeName_t name, cudnnPointwiseMode_t value);
  void set(cudnnBackendAttributeName_t name, cudnnNanPropagation_t value);
  void set(cudnnBackendAttributeName_t name, cudnnBackendHeurMode_t value);
  void set(cudnnBackendAttributeName_t name, cudnnHandle_t value);
  void set(cudnnBackendAttributeName_t name, const Descriptor& value);
  void set(cudnnBackendAttributeName_t name, std::span<void* const> pointers,
           cudnnBackendAttributeType_t type);
  void set_text(cudnnBackendAttributeName_t name, const std::string& text);

  void finalize(const char* what);
  cudnnStatus_t try_finalize() { return cudnn().finalize(handle_.get()); }

  std::int64_t integer(cudnnBackendAttributeName_t name) const;
  // The integers, or what else has their size, of an attribute of any length.
  template <typename T>
  std::vector<T> list(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type) const;
  // The descriptors an attribute holds, all of one type; room: how many to make place for where cuDNN does
  // not say how many there are.
  std::vector<Descriptor> descriptors(cudnnBackendAttributeName_t name, cudnnBackendDescriptorType_t type,
                                      std::int64_t room = 0) const;

 private:
  void set_raw(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, std::int64_t count,
               const void* values);
  std::int64_t get_raw(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, std::int64_t room,
                       void* values) const;

  cudnnBackendDescriptorType_t type_;
  Handle<void, kFreedByCudnn<&Cudnn::destroy_descriptor>> handle_;
};

template <typename T>
std::vector<T> Descriptor::list(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type) const {
  std::vector<T> values(static_cast<std::size_t>(get_raw(name, type, 0, nullptr)));
  if (values.empty()) return values;
  const std::int64_t count = get_raw(name, type, static_cast<std::int64_t>(values.size()), values.data());
  values.resize(static_cast<std::size_t>(count));
  return values;
}

cudnnDataType_t data_type_of(DType type);

// The numbers by which a plan's arguments are told apart.
enum TensorId : std::int64_t { kX = 1, kFilter, kBias, kY, kConvolved, kBiased, kFactors, kScaled };

// The operations of one convolution, finalized, together with every descriptor they refer to.
class ConvGraph {
 public:
  // y = activation(x * filter + bias); x, filter, bias and y of one type, sums in f32. Of e4m3 products
  // y = activation((x * filter) factors + bias); factors and bias f32, y of the format's storage.
  static ConvGraph forward(const Conv3dGeometry& geometry, bool relu, const Shape& x, const Shape& filter,
                           const Shape& y, const Format& format);
  static ConvGraph backward_data(const Conv3dGeometry& geometry, const Shape& x, const Shape& filter,
                                 const Shape& y, DType type);
  static ConvGraph backward_filter(const Conv3dGeometry& geometry, const Shape& x, const Shape& filter,
                                   const Shape& y, DType type, DType filter_type);

  // handle: null when plans are built from a description of a device.
  Descriptor operation_graph(cudnnHandle_t handle) const;

 private:
  ConvGraph() = default;
  const Descriptor& keep(Descriptor descriptor);
  const Descriptor& tensor(TensorId id, const Shape& shape, DType type, bool is_virtual = false);
  const Descriptor& convolution(const Conv3dGeometry& geometry);
  const Descriptor& pointwise(cudnnPointwiseMode_t mode);
  // result = from (op) with; `with` may be null, where the op has one operand.
  void add_pointwise(cudnnPointwiseMode_t mode, const Descriptor& from, const Descriptor* with,
                     const Descriptor& result);

  std::vector<Descriptor> kept_;
  std::vector<Descriptor> operations_;
};

}  // namespace c3d::cuda
