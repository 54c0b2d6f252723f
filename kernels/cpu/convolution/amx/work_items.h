// What a convolution's work along depth is divided into, its items: what is summed together and then leaves as
// outputs. An item holds whole windows of the max-pooling, and some planes of sums.
#pragma once

#include "kernels/cpu/convolution/amx/batch_reduce_gemm.h"
#include "kernels/cpu/convolution/winograd/axis.h"

namespace c3d::cpu {

// Sums are outputs: a work item is what a window covers.
template <typename V>
struct WindowItems {
  static constexpr std::int64_t kPositions = 1024;  // of sums at once, all planes together, about: 128 KB

  // planes: of the halo-padded layout's outputs.
  static std::int64_t count(const ConvolutionJob& job, std::int64_t planes) { return planes / job.window.d; }
  static std::int64_t windows(const ConvolutionJob& job, std::int64_t planes) {
    return planes / job.window.d;
  }
  static std::int64_t windows_of_one(const ConvolutionJob& /*job*/) { return 1; }
  static std::int64_t accumulators_of_one(const ConvolutionJob& job) { return job.window.d; }
  static ReduceSource source(const ConvolutionJob& job, std::int64_t item, std::int64_t plane) {
    return {item * job.window.d + plane, 0, 0};
  }
  static void to_outputs(float* /*accumulators*/, std::int64_t /*plane*/, std::int64_t /*count*/) {}
};

// Sums are of the points of tiles of D outputs, which are the work items: a tile is a plane of the
// halo-padded layout.
template <typename V, int D>
struct TileItems {
  static constexpr int kPoints = Axis<D>::kPoints;
  // 384 KB: a tile's points are many, and of fewer positions more rows would be fetched for two blocks.
  static constexpr std::int64_t kPositions = 3072;

  std::int64_t input_bytes, filter_bytes;  // from one point to the next

  static std::int64_t count(const ConvolutionJob& /*job*/, std::int64_t planes) { return planes; }
  static std::int64_t windows(const ConvolutionJob& job, std::int64_t /*planes*/) {
    return job.out.d / job.window.d;
  }
  static std::int64_t windows_of_one(const ConvolutionJob& job) { return D / job.window.d; }
  static std::int64_t accumulators_of_one(const ConvolutionJob& /*job*/) { return kPoints; }
  ReduceSource source(const ConvolutionJob& /*job*/, std::int64_t tile, std::int64_t point) const {
    return {tile, point * input_bytes, point * filter_bytes};
  }
  // Of `count` sums of a tile's points, `plane` from one point to the next: the outputs, in the place of the
  // first D.
  static void to_outputs(float* accumulators, std::int64_t plane, std::int64_t count) {
    for (std::int64_t i = 0; i < count; i += V::kWidth) {
      typename V::Float points[kPoints], outputs[D];
#pragma GCC unroll 6
      for (int point = 0; point < kPoints; ++point) points[point] = V::load(accumulators + point * plane + i);
      Axis<D>::output(points, outputs);
#pragma GCC unroll 4
      for (int depth = 0; depth < D; ++depth) V::store(outputs[depth], accumulators + depth * plane + i);
    }
  }
};

}  // namespace c3d::cpu
