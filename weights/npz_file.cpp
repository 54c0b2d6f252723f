#include "weights/npz_file.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "engine/core/error.h"
#include "engine/io/reading.h"
#include "engine/io/whole_file.h"
#include "weights/pickle.h"
#include "weights/torch_magic.h"
#include "weights/zip_archive.h"

namespace c3d {
namespace {

constexpr std::string_view kExtension = ".npy";

std::string_view without_extension(std::string_view entry) {
  if (entry.ends_with(kExtension)) entry.remove_suffix(kExtension.size());
  return entry;
}

NpyArray read_array(const ZipArchive& zip, const std::string& entry) {
  try {
    const ZipArchive::Content content = zip.read(entry, zip.size(entry));
    return parse_npy({content.bytes.get(), content.size});
  } catch (Error& error) {
    error.add_context("in its array " + excerpt(entry));
    throw;
  }
}

// conv1a/W: conv1a.weight
std::string tensor_name(std::string_view array) {
  std::string name(array);
  const auto ends_as = [&](std::string_view chainer, std::string_view ours) {
    if (!name.ends_with(chainer)) return false;
    name.replace(name.size() - chainer.size(), chainer.size(), ours);
    return true;
  };
  if (!ends_as("/W", ".weight")) ends_as("/b", ".bias");
  std::ranges::replace(name, '/', '.');
  return name;
}

}  // namespace

NamedTensors parse_chainer(std::span<const std::byte> file) {
  const ZipArchive zip(file);
  NamedTensors tensors;
  for (const auto& [entry, where] : zip.entries()) {
    const auto array = std::make_shared<const NpyArray>(read_array(zip, entry));
    expect(!array->extents.empty(), "its array {} is a single number: no tensor of a C3D is", excerpt(entry));
    tensors.add({tensor_name(without_extension(entry)),
                 host_tensor(array->values.data(), Shape(std::span<const std::int64_t>(array->extents))),
                 array});
  }
  tensors.metadata()["source_format"] = "chainer";
  tensors.metadata()["pool5"] = "caffe";
  return tensors;
}

NamedTensors read_chainer_file(const std::filesystem::path& path) {
  return reading(path, "", [&] { return parse_chainer(WholeFile(path).bytes()); });
}

NpyArray parse_npz(std::span<const std::byte> file, const std::string& name) {
  const ZipArchive zip(file);
  const std::string wanted = name + std::string(kExtension);
  if (zip.has(wanted)) return read_array(zip, wanted);
  std::string there;
  for (const auto& [entry, where] : zip.entries()) {
    there.append(there.empty() ? "" : ", ").append(excerpt(without_extension(entry)));
  }
  expect(zip.entries().size() == 1, "it has no array '{}', but {}: save that one alone, or under this name",
         name, there);
  return read_array(zip, zip.entries().begin()->first);
}

}  // namespace c3d
