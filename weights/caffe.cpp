#include "weights/caffe.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/core/error.h"
#include "engine/io/reading.h"
#include "engine/io/whole_file.h"
#include "weights/caffe_blob.h"

namespace c3d {
namespace {

std::string blob_name(const CaffeLayer& layer, std::size_t index) {
  if (index == 0) return layer.name + ".weight";
  if (index == 1) return layer.name + ".bias";
  return fmt::format("{}.blob{}", layer.name, index);
}

// Caffe once gave every blob four dimensions, and C3D v1.0 five: those of a matrix or a bias are filled up
// with ones in front.
Shape shape_of(const CaffeBlob& blob, bool matrix) {
  std::span<const std::int64_t> extents = blob.extents;
  const std::size_t rank = matrix ? 2 : 1;
  const auto filled = extents.size() > rank ? extents.size() - rank : 0;
  const bool all_ones = std::ranges::all_of(extents.first(filled), [](std::int64_t e) { return e == 1; });
  if (filled > 0 && all_ones && extents.size() >= 4) extents = extents.subspan(filled);
  return Shape(extents);
}

CaffeNumbering common_numbering(const std::vector<CaffeLayer>& layers) {
  std::optional<CaffeNumbering> found;
  std::string first;
  for (const CaffeLayer& layer : layers) {
    for (std::size_t i = 0; i < layer.blobs.size(); ++i) {
      const std::string name = blob_name(layer, i);
      try {
        const std::optional<CaffeNumbering> now = numbering_of(layer.blobs[i]);
        expect(now.has_value(), "its fields are numbered neither as in C3D v1.0 nor as in Caffe");
        expect(!found || now == found, "it is numbered as in {}, but {} as in {}", to_string(*now), first,
               to_string(*found));
        found = now;
        first = name;
      } catch (Error& error) {
        error.add_context(fmt::format("in the blob {}", name));
        throw;
      }
    }
  }
  return *found;
}

void add_blob(NamedTensors& tensors, const std::string& name, std::span<const std::byte> bytes,
              CaffeNumbering numbering, bool matrix) {
  try {
    const CaffeBlob blob = parse_blob(bytes, numbering);
    tensors.add({name, host_tensor(blob.values.data(), shape_of(blob, matrix)), blob.owner});
  } catch (Error& error) {
    error.add_context(fmt::format("in the blob {}", name));
    throw;
  }
}

}  // namespace

NamedTensors parse_caffemodel(std::span<const std::byte> file) {
  const std::vector<CaffeLayer> layers = find_layers(file);
  const CaffeNumbering numbering = common_numbering(layers);
  NamedTensors tensors;
  for (const CaffeLayer& layer : layers) {
    for (std::size_t i = 0; i < layer.blobs.size(); ++i) {
      add_blob(tensors, blob_name(layer, i), layer.blobs[i], numbering, i == 0);
    }
  }
  tensors.metadata()["source_format"] = fmt::format("caffemodel, {}", to_string(numbering));
  tensors.metadata()["pool5"] = "caffe";
  return tensors;
}

NamedTensors read_caffemodel(const std::filesystem::path& path) {
  return reading(path, "", [&] { return parse_caffemodel(WholeFile(path).bytes()); });
}

}  // namespace c3d
