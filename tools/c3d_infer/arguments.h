// What c3d_infer was asked to do.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "kernels/make_backend.h"
#include "tools/c3d_infer/labeller.h"

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's own
class App;
}

namespace c3d {

struct Arguments {
  std::filesystem::path weights;
  std::vector<std::string> videos;
  std::vector<std::filesystem::path> lists;
  std::size_t top = 5, batch = 10;
  int clips = 10, window = 0, step = 0, frame_stride = 0;
  Numbering numbering = Numbering::decode;
  double read_timeout = ReadLimits().timeout_seconds;
  std::string json, pool5, profile, map = to_string(NameMap::automatic);
  std::filesystem::path mean, overlay, timeline, features_out;
  Feature feature = Feature::none;
  FeatureFormat feature_format = FeatureFormat::npy;
  Pooling pool;
  bool l2 = false, resume = false;
  BackendSpec device;

  bool writes_files() const {
    return !features_out.empty() || !overlay.empty() || !timeline.empty() || !(json.empty() || json == "-");
  }
};

void add_options(CLI::App& app, Arguments& arguments);
// What is wrong with them together. Throws CLI::ParseError.
void check_arguments(const Arguments& arguments);
// "fc6"
std::string to_string(Feature feature);

CutRule cut_rule(const Arguments& arguments, const ModelInfo& info);
FeatureRule feature_rule(const Arguments& arguments, const Classifier& classifier);

}  // namespace c3d
