#include "c3d/common/device_spec.h"

#include "engine/core/argument.h"

namespace c3d {
namespace {

Precision parse_precision(const std::string& text) {
  for (const Precision precision : {Precision::f32, Precision::tf32, Precision::bf16, Precision::fp8}) {
    if (text == to_string(precision)) return precision;
  }
  fail_argument("there is no precision '{}': it is f32, tf32, bf16 or fp8", text);
}

}  // namespace

BackendSpec backend_spec(const DeviceOptions& options) {
  expect_argument(options.filter_megabytes >= 0, "filter_megabytes is {}; it is 0 or more",
                  options.filter_megabytes);
  BackendSpec spec;
  spec.device = options.device;
  spec.precision = parse_precision(options.precision);
  spec.threads = options.threads;
  spec.instruction_set = options.instruction_set;
  spec.direct_convolution = options.direct_convolution;
  spec.plan = options.plan;
  spec.max_packed_bytes = static_cast<std::size_t>(options.filter_megabytes) * 1'000'000;
  spec.graphs = options.graphs;
  return spec;
}

}  // namespace c3d
