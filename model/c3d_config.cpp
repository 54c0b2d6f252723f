#include "model/c3d_config.h"

#include "engine/core/argument.h"

namespace c3d {

const char* to_string(Pool5Rule rule) { return rule == Pool5Rule::caffe ? "caffe" : "pytorch"; }

const char* to_string(Initialization initialization) {
  return initialization == Initialization::caffe ? "caffe" : "kaiming";
}

Pool5Rule parse_pool5_rule(const std::string& text) {
  expect_argument(text == "pytorch" || text == "caffe", "pool5 is '{}', but must be pytorch or caffe", text);
  return text == "caffe" ? Pool5Rule::caffe : Pool5Rule::pytorch;
}

}  // namespace c3d
