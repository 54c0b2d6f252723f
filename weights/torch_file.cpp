#include "weights/torch_file.h"

#include <cstring>
#include <map>

#include "engine/core/error.h"
#include "engine/io/json.h"
#include "engine/io/reading.h"
#include "engine/io/whole_file.h"
#include "weights/pickle.h"
#include "weights/torch_archive.h"
#include "weights/torch_magic.h"
#include "weights/torch_tensors.h"

namespace c3d {
namespace {

constexpr std::uint64_t kMaxPickleBytes = 16 << 20, kMaxMetadataBytes = 4 << 20;

// For copies: a file of one-byte elements becomes four times as large, and some of its parts may be shared.
std::uint64_t max_copied(std::size_t file_bytes) { return 8 * std::uint64_t{file_bytes} + (16 << 20); }

// ---- the zip --------------------------------------------------------------------------------------------

std::uint64_t byte_count(const PickleStorage& storage) {
  expect(storage.elements <= (std::uint64_t{1} << 62) / storage.type->bytes,
         "the storage '{}' claims {} elements", excerpt(storage.key), storage.elements);
  return storage.elements * storage.type->bytes;
}

std::map<std::string, std::string> metadata_of(const TorchArchive& archive) {
  if (!archive.has(kTorchMetadataEntry)) return {};
  const TorchArchive::Content content = archive.read(kTorchMetadataEntry, kMaxMetadataBytes);
  const auto* text = reinterpret_cast<const char*>(content.bytes.get());
  try {
    return parse_json({text, content.size}).get<std::map<std::string, std::string>>();
  } catch (const nlohmann::json::exception&) {
    fail("its {} is no JSON object of texts", kTorchMetadataEntry);
  }
}

NamedTensors read_zip(std::span<const std::byte> file) {
  const TorchArchive archive(file);
  const TorchArchive::Content pickle = archive.read("data.pkl", kMaxPickleBytes);
  const PickleDocument document = read_pickle({pickle.bytes.get(), pickle.size});
  std::map<std::string, TorchArchive::Content> loaded;
  const auto load = [&](const PickleStorage& storage) -> StorageBytes {
    const std::string name = "data/" + storage.key;
    const std::uint64_t wanted = byte_count(storage);
    expect(archive.size(name) == wanted, "its storage '{}' has {} bytes, but {} elements of {} bytes",
           excerpt(storage.key), archive.size(name), storage.elements, storage.type->bytes);
    auto [found, is_new] = loaded.try_emplace(storage.key);
    if (is_new) found->second = archive.read(name, wanted);
    return {{found->second.bytes.get(), found->second.size}, found->second.bytes};
  };
  NamedTensors tensors = state_dict_of(document, load, max_copied(file.size()));
  tensors.metadata() = metadata_of(archive);
  return tensors;
}

// ---- the stream before PyTorch 1.6 ----------------------------------------------------------------------

// magic, protocol version, facts of the machine, the object; then the keys of the storages, then for each its
// number of elements and their bytes.
class LegacyStream {
 public:
  explicit LegacyStream(std::span<const std::byte> file) : left_(file.subspan(kLegacyMagic.size())) {}

  PickleDocument next() {
    PickleDocument document = read_pickle(left_);
    left_ = left_.subspan(document.bytes);
    return document;
  }

  std::span<const std::byte> take(std::uint64_t bytes, const std::string& key) {
    expect(bytes <= left_.size(), "it is cut short: the storage '{}' would end {} bytes behind the file",
           excerpt(key), bytes - left_.size());
    const auto part = left_.first(bytes);
    left_ = left_.subspan(bytes);
    return part;
  }

 private:
  std::span<const std::byte> left_;
};

void check_machine(const PickleDocument& version, const PickleDocument& machine) {
  constexpr std::int64_t kProtocolVersion = 1001;
  const auto* number = version.root->as<std::int64_t>();
  expect(number != nullptr && *number == kProtocolVersion, "its stream is not of PyTorch's version {}",
         kProtocolVersion);
  const auto* facts = machine.root->as<PickleDict>();
  expect(facts != nullptr, "its stream does not say what machine wrote it");
  for (const auto& [key, value] : facts->items) {
    const auto* name = key->as<std::string>();
    const auto* is_little = value->as<bool>();
    if (name == nullptr || *name != "little_endian") continue;
    expect(is_little != nullptr && *is_little, "it is big-endian; save it on a little-endian machine");
  }
}

// By key; one key is one storage, whatever views of it there are.
std::map<std::string, const PickleStorage*> storages_of(const PickleDocument& document) {
  std::map<std::string, const PickleStorage*> all;
  for (const PickleNode& node : document.nodes) {
    const auto* storage = node.as<std::unique_ptr<PickleStorage>>();
    if (storage == nullptr) continue;
    const PickleStorage& first = *all.try_emplace((*storage)->key, storage->get()).first->second;
    expect(first.type == (*storage)->type && first.elements == (*storage)->elements,
           "the storage '{}' has two types or sizes", excerpt(first.key));
  }
  return all;
}

using StorageTable = std::map<std::string, std::span<const std::byte>>;

StorageTable read_storages(LegacyStream& stream, const PickleDocument& object) {
  const PickleDocument keys = stream.next();
  const auto* list = keys.root->as<PickleList>();
  expect(list != nullptr, "its stream has no list of storages");
  const auto storages = storages_of(object);
  StorageTable table;
  for (const PickleNode* node : list->items) {
    const auto* key = node->as<std::string>();
    const auto found = key == nullptr ? storages.end() : storages.find(*key);
    expect(found != storages.end(), "its list of storages has one that no tensor uses");
    std::uint64_t elements = 0;
    std::memcpy(&elements, stream.take(sizeof elements, *key).data(), sizeof elements);
    expect(elements == found->second->elements,
           "the storage '{}' has {} elements in one place, {} in another", excerpt(*key), elements,
           found->second->elements);
    const auto bytes = stream.take(byte_count(*found->second), *key);
    expect(table.try_emplace(*key, bytes).second, "its list of storages has '{}' twice", excerpt(*key));
  }
  return table;
}

NamedTensors read_legacy(std::span<const std::byte> file, const std::shared_ptr<const void>& owner) {
  LegacyStream stream(file);
  const PickleDocument version = stream.next();
  check_machine(version, stream.next());
  const PickleDocument object = stream.next();
  const StorageTable table = read_storages(stream, object);
  const auto load = [&](const PickleStorage& storage) -> StorageBytes {
    const auto found = table.find(storage.key);
    expect(found != table.end(), "its storage '{}' is not in the file", excerpt(storage.key));
    return {found->second, owner};
  };
  return state_dict_of(object, load, max_copied(file.size()));
}

}  // namespace

NamedTensors read_torch_bytes(std::span<const std::byte> file, const std::shared_ptr<const void>& owner) {
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  if (text.starts_with(kZipMagic)) return read_zip(file);
  if (text.starts_with(kLegacyMagic)) return read_legacy(file, owner);
  expect(
      text.size() <= kTarMagicAt || !text.substr(kTarMagicAt).starts_with(kTarMagic),
      "it is a tar file: PyTorch wrote those before 0.1.10 (2017); load and save it with PyTorch 1.x or 2.x");
  fail("it is a pickle, but none that torch.save wrote; save the state_dict() with torch.save");
}

NamedTensors read_torch_file(const std::filesystem::path& path) {
  return reading(path, "", [&] {
    const auto file = std::make_shared<const WholeFile>(path);
    return read_torch_bytes(file->bytes(), file);
  });
}

}  // namespace c3d
