#include "weights/weights_file.h"

#include <algorithm>
#include <vector>

#include "engine/core/error.h"
#include "engine/io/mapped_file.h"
#include "weights/formats.h"
#include "weights/sha256.h"

namespace c3d {
namespace {

const WeightsReader& reader_of(std::span<const std::byte> file) {
  std::string known;
  for (const WeightsReader& reader : weights_readers()) {
    if (reader.recognises(file)) return reader;
    known.append(known.empty() ? "" : ", ").append(reader.format);
  }
  fail("it is no weights file that is known by its content: {}", known);
}

void add_provenance(NamedTensors& tensors, const std::filesystem::path& path, const WeightsReader& reader,
                    std::span<const std::byte> file) {
  std::map<std::string, std::string>& metadata = tensors.metadata();
  if (metadata.contains(kSourceDigestKey)) return;  // it was converted from another, which is the source
  metadata[kSourceKey] = path.filename().string();
  metadata.try_emplace(kSourceFormatKey, reader.format);  // a reader may know more
  metadata[kSourceDigestKey] = sha256(file);
}

template <typename Work>
auto naming(const std::filesystem::path& path, const Work& work) {
  try {
    return work();
  } catch (Error& error) {
    if (error.message().find(path.string()) == std::string::npos) {
      error.add_context("while reading " + path.string());
    }
    throw;
  }
}

}  // namespace

NamedTensors read_foreign_weights(const std::filesystem::path& path, Provenance provenance) {
  return naming(path, [&] {
    const MappedFile file(path);
    const WeightsReader& reader = reader_of(file.bytes());
    NamedTensors tensors = reader.read(path);
    if (provenance == Provenance::add) add_provenance(tensors, path, reader, file.bytes());
    return tensors;
  });
}

NamedTensors read_weights(const std::filesystem::path& path, NameMap map, Provenance provenance) {
  const NamedTensors foreign = read_foreign_weights(path, provenance);
  return naming(path, [&] { return renamed(foreign, map); });
}

void write_weights(const std::filesystem::path& path, const NamedTensors& tensors, const C3dConfig& network) {
  std::vector<std::string> known;
  for (const WeightsWriter& writer : weights_writers()) {
    if (path.extension() == writer.extension) return writer.write(path, tensors, network);
    known.emplace_back(writer.extension);
  }
  fail("{}: weights are written as {}; its extension is '{}'", path.string(), fmt::join(known, ", "),
       path.extension().string());
}

}  // namespace c3d
