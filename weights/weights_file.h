// Anyone's weights in, ours out: the one door that tools read and write weights through. The format is told
// by the file's content (its name may lie), the names of its tensors by the map. Errors name the file.
#pragma once

#include <filesystem>

#include "engine/io/named_tensors.h"
#include "model/c3d_config.h"
#include "weights/name_maps.h"

namespace c3d {

// Metadata that a read file gets where it does not carry them: where its numbers come from.
inline constexpr const char* kSourceKey = "source";               // the file's name, without its folders
inline constexpr const char* kSourceFormatKey = "source_format";  // "safetensors", "pytorch" ...
inline constexpr const char* kSourceDigestKey = "source_sha256";

// Of a folder as the Hugging Face Hub keeps models (c3d/weights/hub_folder.h).
inline constexpr const char* kHubWeights = "model.safetensors";
// The file that is read for a path: of such a folder its weights, else the path itself.
std::filesystem::path weights_file(const std::filesystem::path& path);

enum class Provenance : std::uint8_t { leave, add };  // add reads the whole file once more, for its SHA-256

// The file's own names; its metadata as they are, pool5 = caffe for a .caffemodel.
NamedTensors read_foreign_weights(const std::filesystem::path& path, Provenance provenance);
// Our names, in the order of the layers.
NamedTensors read_weights(const std::filesystem::path& path, NameMap map = NameMap::automatic,
                          Provenance provenance = Provenance::leave);

// By the extension: .safetensors, .pth, .pt. `network` is for formats that hold the network too.
void write_weights(const std::filesystem::path& path, const NamedTensors& tensors, const C3dConfig& network);

}  // namespace c3d
