// The measurements of c3d_bench, as plain values: filled by op_bench and net_bench, printed as a table or as JSON
// by report.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/backend.h"

namespace c3d {

struct ReadingRate {
  double block_bytes = 0, bytes_per_second = 0;  // of summing a block that was just summed
};

// The machine's own limits, measured in the same run: the fastest pass of conv3b, which does most work for
// each byte, and reading. Caches are faster than memory, so that reading is measured with blocks of growing
// size.
struct Peak {
  double flop_per_second = 0, bytes_per_second = 0;  // bytes: read from memory, the largest block's
  std::vector<ReadingRate> reading = {};

  // The least time of an op. Its limit of bytes is that of the largest block that is not larger than what it
  // touches, or of a larger one where that is faster.
  double least_seconds(double flop, double bytes) const {
    double fastest = bytes_per_second;
    for (auto rate = reading.rbegin(); rate != reading.rend(); ++rate) {
      fastest = std::max(fastest, rate->bytes_per_second);
      if (rate->block_bytes <= bytes) break;
    }
    return std::max(flop / flop_per_second, bytes / fastest);
  }
};

struct OpTime {
  std::string op, layer, direction;  // "conv3d", "conv2", "backward_filter"
  std::string choice = {};           // of the kernel, where the backend says it: "4x4x4 s28"
  double seconds = 0;                // of the whole batch
  double flop = 0, bytes = 0;        // multiply-adds count 2; bytes read and written at least once
  // Of the limit that binds it: the longer of flop / peak and bytes / peak, over the time. Bytes that fit
  // into the caches are judged by their speed.
  double share_of_peak = 0;
};

struct NetTime {
  double seconds_per_clip = 0;
  std::size_t arena_bytes = 0;
  BackendMemory backend;
};

struct ConvolutionsAlone {  // the eight convolutions one by one, their times added; seconds per clip
  double forward = 0, backward_data = 0, backward_filter = 0;
};

struct Measurements {
  std::string device, precision;
  std::int64_t batch = 0, parameters = 0;
  Peak peak;
  std::vector<OpTime> ops;
  std::optional<NetTime> inference, training;
  std::optional<ConvolutionsAlone> convolutions;  // ours, on a CPU
  std::optional<ConvolutionsAlone> alone;         // oneDNN's, the yardstick on a CPU
  std::size_t values_bytes = 0, gradients_bytes = 0, velocity_bytes = 0;
};

}  // namespace c3d
