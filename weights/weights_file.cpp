#include "weights/weights_file.h"

#include <algorithm>
#include <vector>

#include "engine/core/argument.h"
#include "engine/core/error.h"
#include "engine/io/reading.h"
#include "engine/io/whole_file.h"
#include "weights/formats.h"
#include "weights/sha256.h"

namespace c3d {
namespace {

constexpr std::size_t kHeadBytes = 4096;                // all that a format is told by
constexpr const char* kRunState = "state.safetensors";  // what a run goes on from

// A training run's folder, or its state, in place of its weights.
void expect_no_run(const std::filesystem::path& path) {
  namespace fs = std::filesystem;
  std::error_code unknown;
  const bool is_folder = fs::is_directory(path, unknown);
  const bool is_state = !is_folder && path.filename() == kRunState;
  if (!is_folder && !is_state) return;
  const fs::path folder = is_folder ? path : path.parent_path();
  for (const char* name : {"best.safetensors", "last.safetensors"}) {
    const fs::path weights = folder / name;
    if (!fs::exists(weights, unknown)) continue;
    expect(!is_folder, "{}: is the folder of a run: give its weights, {}", path, weights);
    fail("{}: is a run's state, to go on training from: give its weights, {}", path, weights);
  }
  expect(!is_folder, "{}: is a folder, and no weights file", path);
}

const WeightsReader& reader_of(const std::filesystem::path& path, std::span<const std::byte> head) {
  std::string known;
  for (const WeightsReader& reader : weights_readers()) {
    if (reader.recognizes(head)) return reader;
    known.append(known.empty() ? "" : ", ").append(reader.format);
  }
  fail("{}: it is no weights file that is known by its content: {}", path, known);
}

void add_provenance(NamedTensors& tensors, const std::filesystem::path& path, const WeightsReader& reader) {
  std::map<std::string, std::string>& metadata = tensors.metadata();
  if (metadata.contains(kSourceDigestKey)) return;  // it was converted from another, which is the source
  metadata[kSourceKey] = path.filename().string();
  metadata.try_emplace(kSourceFormatKey, reader.format);  // a reader may know more
  metadata[kSourceDigestKey] = file_sha256(path);
}

}  // namespace

std::filesystem::path weights_file(const std::filesystem::path& path) {
  std::error_code unknown;
  const std::filesystem::path in_folder = path / kHubWeights;
  const bool is_hub_folder =
      std::filesystem::is_directory(path, unknown) && std::filesystem::exists(in_folder, unknown);
  return is_hub_folder ? in_folder : path;
}

NamedTensors read_foreign_weights(const std::filesystem::path& folder_or_file, Provenance provenance) {
  const std::filesystem::path path = weights_file(folder_or_file);
  return reading(path, "", [&] {
    expect_no_run(path);
    const WeightsReader& reader = reader_of(path, file_head(path, kHeadBytes));
    NamedTensors tensors = reader.read(path);
    if (provenance == Provenance::add) add_provenance(tensors, path, reader);
    return tensors;
  });
}

NamedTensors read_weights(const std::filesystem::path& path, NameMap map, Provenance provenance) {
  const NamedTensors foreign = read_foreign_weights(path, provenance);
  return reading(path, "", [&] { return renamed(foreign, map); });
}

void write_weights(const std::filesystem::path& path, const NamedTensors& tensors, const C3dConfig& network) {
  std::vector<std::string> known;
  for (const WeightsWriter& writer : weights_writers()) {
    if (path.extension() == writer.extension) return writer.write(path, tensors, network);
    known.emplace_back(writer.extension);
  }
  fail_argument("{}: weights are written as {}; its extension is '{}'", path, fmt::join(known, ", "),
                path.extension().string());
}

}  // namespace c3d
