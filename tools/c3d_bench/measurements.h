// The measurements of c3d_bench, as plain values: filled by op_bench and net_bench, printed as a table or as
// JSON by report.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/backend.h"
#include "model/c3d_config.h"

namespace c3d {

struct BenchedNetwork {
  C3dConfig config;
  std::int64_t batch = 4;
};

struct OpTime {
  std::string op, layer, direction;  // "conv3d", "conv2", "backward_filter"
  std::string choice = {};           // of the kernel, where the backend says it: "4x4x4 s28"
  double seconds = 0;                // of the whole batch
  double bytes = 0;                  // read and written at least once
  double defined = 0;                // multiply-adds of the op's definition, padding included
  Multiplications multiplied = {};   // done, as far as the backend says; else those of no padding
  double share_of_peak = 0;          // ceilings.h
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
  BenchedNetwork network;
  bool cold = false;  // caches were emptied before each timing
  std::int64_t parameters = 0;
  std::vector<OpTime> ops;
  std::optional<NetTime> inference, training;
  std::optional<ConvolutionsAlone> convolutions;  // ours, on a CPU
  std::optional<ConvolutionsAlone> alone;         // oneDNN's, the baseline on a CPU
  std::size_t values_bytes = 0, gradients_bytes = 0, velocity_bytes = 0;
};

}  // namespace c3d
