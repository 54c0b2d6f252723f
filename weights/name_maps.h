// The names that others give C3D's parameters, and the way to ours: conv1.weight, conv1.bias, conv2 ... fc8.
// Nothing is copied: the tensors keep their memory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/io/named_tensors.h"

namespace c3d {

enum class NameMap : std::uint8_t {
  automatic,  // the one that knows most of the names
  pvr,        // pytorch-video-recognition's class C3D, and ours: conv1 ... conv5b, fc6, fc7, fc8
  features,   // c3d-pretrained.pth: features.0 ... features.18, classifier.0, .3, .6
  mmaction2,  // conv1a.conv ... conv5b.conv, fc6, fc7, cls_head.fc_cls
  caffe       // conv1a, conv2a, conv3a ... conv5b, fc6-1, fc7-1, fc8-1 or fc6, fc7, fc8
};

NameMap parse_name_map(const std::string& text);  // an Error that says which there are
const char* to_string(NameMap map);
std::vector<std::string> name_map_names();

// Our name of one tensor, with the prefixes that wrappers put in front (`module.`, `_orig_mod.`, `model.`
// ..., several too) taken off first; empty: unknown to the map. Not for NameMap::automatic.
std::string our_name(std::string_view foreign, NameMap map);

// How the tensors of a file are called: by a map, behind a prefix that all of them have.
struct Naming {
  NameMap map;
  std::string prefix;  // "student."; empty: none but those above
};
std::string our_name(std::string_view foreign, const Naming& naming);
// The one that knows most of these names; the earlier map of equals. Of `map` alone where it is not
// automatic.
Naming naming_of(const NamedTensors& tensors, NameMap map = NameMap::automatic);

// All tensors by our names, in the order of the layers; the metadata stay. A tensor that the map does not
// know, or two of one name, are an Error. Whether all are there, in the right shapes, is for
// import_parameters.
NamedTensors renamed(const NamedTensors& tensors, NameMap map);

}  // namespace c3d
