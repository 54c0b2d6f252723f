#include "kernels/cuda/conv_key.h"

#include "engine/core/op_shapes.h"

namespace c3d::cuda {

ConvKey ConvKey::of(ConvDirection direction, const Conv3dGeometry& geometry, const Shape& x,
                    const Shape& filter, Format format, Activation activation) {
  ConvKey key;
  key.direction = direction;
  key.format = format;
  key.relu = direction == ConvDirection::forward && activation == Activation::relu;
  key.clips = x[0];
  key.in = extent_of(x);
  key.channels = x[4];
  key.filters = filter[0];
  key.kernel = geometry.kernel;
  key.stride = geometry.stride;
  key.pad = geometry.pad;
  if (direction == ConvDirection::backward_filter) key.filter_gradient = format.storage;
  return key;
}

Shape ConvKey::x() const { return {clips, in.d, in.h, in.w, channels}; }

Shape ConvKey::filter() const { return {filters, kernel.d, kernel.h, kernel.w, channels}; }

Shape ConvKey::y() const {
  const Extent3 out = output_extent(geometry(), in);
  return {clips, out.d, out.h, out.w, filters};
}

std::string to_text(const ConvKey& key) { return plan_key_text(key); }

}  // namespace c3d::cuda
