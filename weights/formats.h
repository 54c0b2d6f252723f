// The file formats of weights, one row each: THE place where a format plugs in. A reader is chosen by what
// the file begins with, a writer by the extension. Rows are tried in order.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

#include "engine/io/named_tensors.h"
#include "model/c3d_config.h"

namespace c3d {

struct WeightsReader {
  std::string_view format;                                  // "safetensors", for metadata and messages
  bool (*recognizes)(std::span<const std::byte> head);      // its first 4 KiB
  NamedTensors (*read)(const std::filesystem::path& path);  // the file's own names
};
std::span<const WeightsReader> weights_readers();

struct WeightsWriter {
  std::string_view extension;  // ".safetensors"
  void (*write)(const std::filesystem::path& path, const NamedTensors& tensors, const C3dConfig& network);
};
std::span<const WeightsWriter> weights_writers();

}  // namespace c3d
