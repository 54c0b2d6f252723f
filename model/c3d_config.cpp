#include "model/c3d_config.h"

#include <algorithm>
#include <cmath>

#include "engine/core/error.h"

namespace c3d {

std::int64_t scaled_channels(std::int64_t channels, double width) {
  return std::max<std::int64_t>(8, 8 * std::llround(static_cast<double>(channels) * width / 8));
}

const char* to_string(Pool5Rule rule) { return rule == Pool5Rule::caffe ? "caffe" : "pytorch"; }

const char* to_string(Initialization initialization) {
  return initialization == Initialization::caffe ? "caffe" : "kaiming";
}

Pool5Rule parse_pool5_rule(const std::string& text) {
  expect(text == "pytorch" || text == "caffe", "pool5 is '{}', but must be pytorch or caffe", text);
  return text == "caffe" ? Pool5Rule::caffe : Pool5Rule::pytorch;
}

}  // namespace c3d
