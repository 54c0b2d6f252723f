#include "c3d/inference/feature_format.h"

namespace c3d {
namespace {

constexpr int kSultaniSegments = 32;  // of a video, in Sultani et al. 2018

template <typename Value>
std::string name_of(Value wanted, const std::vector<std::pair<std::string, Value>>& names) {
  for (const auto& [name, value] : names) {
    if (value == wanted) return name;
  }
  return "";
}

}  // namespace

std::vector<std::pair<std::string, FeatureFormat>> feature_format_names() {
  return {{"npy", FeatureFormat::npy},
          {"csv", FeatureFormat::csv},
          {"caffe", FeatureFormat::caffe},
          {"txt", FeatureFormat::txt},
          {"h5", FeatureFormat::h5}};
}

std::string to_string(FeatureFormat format) { return name_of(format, feature_format_names()); }

std::string extension(FeatureFormat format, const Pooling& pooling) {
  switch (format) {
    case FeatureFormat::npy:
      return ".npy";
    case FeatureFormat::csv:
      return ".csv";
    case FeatureFormat::txt:
      return pooling.rounding == Rounding::away_from_zero ? "_C.txt" : ".txt";
    case FeatureFormat::caffe:
    case FeatureFormat::h5:
      break;
  }
  return "";
}

Pooling default_pooling(FeatureFormat format) {
  if (format != FeatureFormat::txt) return {};
  return {.kind = Pooling::Kind::segments, .segments = kSultaniSegments};
}

std::vector<std::pair<std::string, H5Layout>> h5_layout_names() {
  return {{"activitynet", H5Layout::activitynet}, {"tacos", H5Layout::tacos}};
}

std::string to_string(H5Layout layout) { return name_of(layout, h5_layout_names()); }

std::vector<std::pair<std::string, H5Naming>> h5_naming_names() {
  return {{"stem", H5Naming::stem}, {"name", H5Naming::name}};
}

}  // namespace c3d
