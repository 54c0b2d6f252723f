#include "weights/name_maps.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "engine/core/argument.h"
#include "engine/core/error.h"
#include "engine/core/nearest.h"
#include "model/c3d_layers.h"

namespace c3d {
namespace {

struct LayerNames {
  std::string_view features, mmaction2, caffe, sports1m;
  std::string_view ours = {};
};
// In the order of kC3dLayers, whose names are ours.
constexpr auto kLayers = [] {
  std::array<LayerNames, kC3dLayers.size()> layers{
      LayerNames{"features.0", "conv1a.conv", "conv1a", "conv1a"},
      LayerNames{"features.3", "conv2a.conv", "conv2a", "conv2a"},
      LayerNames{"features.6", "conv3a.conv", "conv3a", "conv3a"},
      LayerNames{"features.8", "conv3b.conv", "conv3b", "conv3b"},
      LayerNames{"features.11", "conv4a.conv", "conv4a", "conv4a"},
      LayerNames{"features.13", "conv4b.conv", "conv4b", "conv4b"},
      LayerNames{"features.16", "conv5a.conv", "conv5a", "conv5a"},
      LayerNames{"features.18", "conv5b.conv", "conv5b", "conv5b"},
      LayerNames{"classifier.0", "fc6", "fc6", "fc6-1"},
      LayerNames{"classifier.3", "fc7", "fc7", "fc7-1"},
      LayerNames{"classifier.6", "cls_head.fc_cls", "fc8", "fc8-1"}};
  for (std::size_t i = 0; i < layers.size(); ++i) layers[i].ours = kC3dLayers[i].name;
  return layers;
}();
// Prefixes that wrappers add: DataParallel, torch.compile, Lightning, mmaction2 and people's own modules.
constexpr std::string_view kPrefixes[] = {"module.",  "_orig_mod.", "model.",      "net.",
                                          "network.", "backbone.",  "state_dict.", "model_state_dict."};
constexpr std::size_t kLongestTensorName = 1000;  // that is looked at: prefixes may repeat
constexpr std::string_view kSuffixes[] = {".weight", ".bias"};
constexpr NameMap kMaps[] = {NameMap::pvr, NameMap::features, NameMap::mmaction2, NameMap::caffe};

bool is_called(const LayerNames& layer, std::string_view name, NameMap map) {
  switch (map) {
    case NameMap::pvr:
      return name == layer.ours;
    case NameMap::features:
      return name == layer.features;
    case NameMap::mmaction2:
      return name == layer.mmaction2;
    case NameMap::caffe:
      return name == layer.caffe || name == layer.sports1m;
    case NameMap::automatic:
      break;
  }
  return false;
}

std::string_view without_prefixes(std::string_view name) {
  for (bool found = true; found;) {
    found = false;
    for (const std::string_view prefix : kPrefixes) {
      if (!name.starts_with(prefix)) continue;
      name.remove_prefix(prefix.size());
      found = true;
    }
  }
  return name;
}

std::string foreign_name(const LayerNames& layer, NameMap map) {
  switch (map) {
    case NameMap::features:
      return std::string(layer.features);
    case NameMap::mmaction2:
      return std::string(layer.mmaction2);
    case NameMap::caffe:
      return std::string(layer.caffe);
    case NameMap::pvr:
    case NameMap::automatic:
      break;
  }
  return std::string(layer.ours);
}

std::string_view without(std::string_view name, std::string_view prefix) {
  return name.starts_with(prefix) ? name.substr(prefix.size()) : name;
}

std::ptrdiff_t known_names(const NamedTensors& tensors, NameMap map, std::string_view prefix) {
  return std::ranges::count_if(tensors.all(), [&](const NamedTensor& tensor) {
    return !our_name(without(tensor.name, prefix), map).empty();
  });
}

// Up to its last dot, what all names of parameters begin with.
std::string common_prefix(const NamedTensors& tensors) {
  std::optional<std::string> common;
  for (const NamedTensor& tensor : tensors.all()) {
    if (tensor.name == kMeanCube) continue;
    if (!common) common = tensor.name;
    const auto differing = std::ranges::mismatch(*common, tensor.name);
    common->erase(differing.in1, common->end());
  }
  if (!common) return {};
  return common->substr(0, common->rfind('.') + 1);  // no dot: nothing
}

// "student." of student.conv1.weight; empty: no part of the name is a parameter's.
std::string prefix_in(const std::string& name, NameMap map) {
  for (std::size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', dot + 1)) {
    if (!our_name(std::string_view(name).substr(dot + 1), map).empty()) return name.substr(0, dot + 1);
  }
  return {};
}

[[noreturn]] void refuse(const NamedTensor& tensor, NameMap map) {
  std::vector<std::string> known;
  for (const LayerNames& layer : kLayers) {
    for (const std::string_view suffix : kSuffixes) {
      known.push_back(foreign_name(layer, map) + std::string(suffix));
    }
  }
  const std::string prefix = prefix_in(tensor.name, map);
  if (!prefix.empty()) {
    fail(
        "'{0}' {1} is a parameter of a C3D with '{2}' in front, which not all tensors of the file have. Save "
        "those of one network alone, in Python: torch.save({{k.removeprefix('{2}'): v for k, v in "
        "state.items() if k.startswith('{2}')}}, 'c3d.pth')",
        tensor.name, to_string(tensor.values.shape()), prefix);
  }
  fail(
      "'{}' {} is no parameter of a C3D by the names of '{}'; the nearest name is '{}'. --map forces others: "
      "{}",
      tensor.name, to_string(tensor.values.shape()), to_string(map), nearest(tensor.name, known),
      fmt::join(name_map_names(), ", "));
}

}  // namespace

const char* to_string(NameMap map) {
  switch (map) {
    case NameMap::automatic:
      return "auto";
    case NameMap::pvr:
      return "pvr";
    case NameMap::features:
      return "features";
    case NameMap::mmaction2:
      return "mmaction2";
    case NameMap::caffe:
      return "caffe";
  }
  return "";
}

std::vector<std::string> name_map_names() {
  std::vector<std::string> names{to_string(NameMap::automatic)};
  for (const NameMap map : kMaps) names.emplace_back(to_string(map));
  return names;
}

NameMap parse_name_map(const std::string& text) {
  if (text == to_string(NameMap::automatic)) return NameMap::automatic;
  for (const NameMap map : kMaps) {
    if (text == to_string(map)) return map;
  }
  fail_argument("there are no names of '{}'; choose one of {}", text, fmt::join(name_map_names(), ", "));
}

std::string our_name(std::string_view foreign, NameMap map) {
  if (foreign.size() > kLongestTensorName) return {};
  std::string_view name = without_prefixes(foreign);
  for (const std::string_view suffix : kSuffixes) {
    if (!name.ends_with(suffix)) continue;
    name.remove_suffix(suffix.size());
    for (const LayerNames& layer : kLayers) {
      if (is_called(layer, name, map)) return std::string(layer.ours) + std::string(suffix);
    }
  }
  return {};
}

std::string our_name(std::string_view foreign, const Naming& naming) {
  return our_name(without(foreign, naming.prefix), naming.map);
}

Naming naming_of(const NamedTensors& tensors, NameMap map) {
  Naming best{map, {}};
  std::ptrdiff_t most = -1;
  for (const std::string& prefix : {std::string(), common_prefix(tensors)}) {
    for (const NameMap other : kMaps) {
      if (map != NameMap::automatic && other != map) continue;
      const std::ptrdiff_t known = known_names(tensors, other, prefix);
      if (known <= most) continue;
      most = known;
      best = {other, prefix};
    }
  }
  return best;
}

NamedTensors renamed(const NamedTensors& tensors, NameMap map) {
  const Naming naming = naming_of(tensors, map);
  NamedTensors found;
  for (const NamedTensor& tensor : tensors.all()) {
    const std::string name = tensor.name == kMeanCube ? tensor.name : our_name(tensor.name, naming);
    if (name.empty()) refuse(tensor, naming.map);
    expect(found.find(name) == nullptr, "'{}' is a second tensor for {}", tensor.name, name);
    found.add({name, tensor.values, tensor.owner});
  }
  NamedTensors ordered;
  for (const LayerNames& layer : kLayers) {
    for (const std::string_view suffix : kSuffixes) {
      const NamedTensor* tensor = found.find(std::string(layer.ours) + std::string(suffix));
      if (tensor != nullptr) ordered.add(*tensor);
    }
  }
  if (const NamedTensor* cube = found.find(kMeanCube)) ordered.add(*cube);
  ordered.metadata() = tensors.metadata();
  return ordered;
}

}  // namespace c3d
