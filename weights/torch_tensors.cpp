#include "weights/torch_tensors.h"

#include <algorithm>

#include "engine/core/error.h"

namespace c3d {
namespace {

constexpr std::string_view kDictNames[] = {"state_dict", "model_state_dict", "model_state", "model",
                                           "module",     "network",          "net",         "weights"};
constexpr int kMaxDepth = 3;  // {"checkpoint": {"model": {"state_dict": ...}}}
constexpr std::size_t kMaxNameBytes = 1000;

using TensorNode = std::unique_ptr<PickleTensor>;

bool holds_tensors(const PickleDict& dict) {
  return std::ranges::any_of(dict.items,
                             [](const auto& item) { return item.second->template as<TensorNode>(); });
}

const PickleDict* dict_called(const PickleDict& dict, std::string_view key) {
  const PickleNode* found = nullptr;
  for (const auto& [name, value] : dict.items) {
    const auto* text = name->as<std::string>();
    if (text == nullptr || *text != key) continue;
    expect(found == nullptr, "the checkpoint has '{}' twice", key);
    found = value;
  }
  return found == nullptr ? nullptr : found->as<PickleDict>();
}

// The dict of tensors in a checkpoint, however deep; what has a usual name goes before what has not. nullptr:
// there is none.
const PickleDict* dict_of_tensors(const PickleDict& dict, int depth) {
  for (const std::string_view name : kDictNames) {
    const PickleDict* named = dict_called(dict, name);
    if (named == nullptr || depth == kMaxDepth) continue;
    if (const PickleDict* found = dict_of_tensors(*named, depth + 1)) return found;
  }
  if (holds_tensors(dict)) return &dict;
  const PickleDict* only = nullptr;
  std::string its_name;
  for (const auto& [name, value] : dict.items) {
    const auto* inner = value->as<PickleDict>();
    const auto* text = name->as<std::string>();
    if (inner == nullptr || text == nullptr || !holds_tensors(*inner)) continue;
    expect(only == nullptr, "it holds two dicts of tensors, '{}' and '{}'; save that of the network alone",
           excerpt(its_name), excerpt(*text));
    only = inner;
    its_name = *text;
  }
  return only;
}

const PickleDict& find_state_dict(const PickleDocument& document) {
  const auto* root = document.root->as<PickleDict>();
  expect(root != nullptr, "it holds no dict of tensors; save the state_dict()");
  const PickleDict* found = dict_of_tensors(*root, 0);
  expect(found != nullptr, "it holds neither tensors by name nor a dict of them, called {} or the like",
         kDictNames[0]);
  return *found;
}

void check_name(const std::string& name) {
  expect(!name.empty() && name.size() <= kMaxNameBytes &&
             std::ranges::none_of(name,
                                  [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }),
         "a tensor's name, '{}', is empty, longer than {} bytes or not printable", excerpt(name),
         kMaxNameBytes);
}

// The last element of the tensor must lie in its storage. Products stay below the storage's size.
void check_extent(const PickleTensor& tensor, std::uint64_t elements) {
  expect(tensor.offset >= 0 && static_cast<std::uint64_t>(tensor.offset) < elements,
         "it starts at element {} of a storage of {}", tensor.offset, elements);
  std::uint64_t left = elements - 1 - static_cast<std::uint64_t>(tensor.offset);
  for (std::size_t axis = 0; axis < tensor.shape.size(); ++axis) {
    const auto steps = static_cast<std::uint64_t>(tensor.shape[axis] - 1);
    if (steps == 0) continue;
    const std::int64_t stride = tensor.strides[axis];
    expect(stride >= 0 && static_cast<std::uint64_t>(stride) <= left / steps,
           "its shape and strides reach beyond its storage of {} elements", elements);
    left -= steps * static_cast<std::uint64_t>(stride);
  }
}

bool is_contiguous(const Shape& shape, const std::vector<std::int64_t>& strides) {
  std::int64_t wanted = 1;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    if (shape[axis] != 1 && strides[static_cast<std::size_t>(axis)] != wanted) return false;
    wanted *= shape[axis];
  }
  return true;
}

// Row by row along the last axis; `first` is the tensor's first element.
void copy_strided(const PickleTensor& tensor, const Shape& shape, const std::byte* first, float* to) {
  const TorchType& type = *tensor.storage->type;
  const int rank = shape.rank();
  const std::int64_t row = rank == 0 ? 1 : shape[rank - 1];
  const std::int64_t step = rank == 0 ? 1 : tensor.strides.back();
  for (std::int64_t done = 0; done < shape.count(); done += row) {
    std::int64_t position = 0, rest = done / row;
    for (int axis = rank - 2; axis >= 0; --axis) {
      position += rest % shape[axis] * tensor.strides[static_cast<std::size_t>(axis)];
      rest /= shape[axis];
    }
    type.convert(first + static_cast<std::size_t>(position) * type.bytes, step, row, to + done);
  }
}

// The part of its storage that a tensor may see.
std::span<const std::byte> visible(const PickleStorage& storage, std::span<const std::byte> all) {
  if (!storage.is_view) return all;
  expect(storage.view_first <= storage.elements &&
             storage.view_elements <= storage.elements - storage.view_first,
         "its storage is a view beyond the storage '{}'", excerpt(storage.key));
  return all.subspan(storage.view_first * storage.type->bytes, storage.view_elements * storage.type->bytes);
}

class Reader {
 public:
  Reader(const LoadStorage& load, std::uint64_t max_copied) : load_(load), left_(max_copied) {}

  void add(const std::string& name, const PickleTensor& tensor) {
    expect(tensor.shape.size() == tensor.strides.size(), "it has {} extents and {} strides",
           tensor.shape.size(), tensor.strides.size());
    const Shape shape(tensor.shape);  // refuses what is negative or overflows
    const PickleStorage& storage = *tensor.storage;
    if (shape.count() == 0) {
      tensors_.add(name, shape, DType::f32);
      return;
    }
    const std::uint64_t elements = storage.is_view ? storage.view_elements : storage.elements;
    check_extent(tensor, elements);
    expect(static_cast<std::uint64_t>(shape.count()) <= elements, "it has {} elements, but its storage {}",
           shape.count(), elements);
    const StorageBytes loaded = load_(storage);
    const std::byte* first =
        visible(storage, loaded.bytes).data() + static_cast<std::size_t>(tensor.offset) * storage.type->bytes;
    const bool is_aligned = reinterpret_cast<std::uintptr_t>(first) % sizeof(float) == 0;
    if (is_float32(*storage.type) && is_aligned && is_contiguous(shape, tensor.strides)) {
      tensors_.add({name, ConstTensor(first, shape, DType::f32), loaded.owner});
      return;
    }
    const std::uint64_t bytes = static_cast<std::uint64_t>(shape.count()) * sizeof(float);
    expect(bytes <= left_, "the tensors of the file take far more memory than the file");
    left_ -= bytes;
    copy_strided(tensor, shape, first, tensors_.add(name, shape, DType::f32).as<float>());
  }

  NamedTensors take() && { return std::move(tensors_); }

 private:
  const LoadStorage& load_;
  std::uint64_t left_;
  NamedTensors tensors_;
};

}  // namespace

NamedTensors state_dict_of(const PickleDocument& document, const LoadStorage& load,
                           std::uint64_t max_copied) {
  Reader reader(load, max_copied);
  for (const auto& [key, value] : find_state_dict(document).items) {
    const auto* tensor = value->as<TensorNode>();
    if (tensor == nullptr) continue;  // epoch, step ...
    const auto* name = key->as<std::string>();
    expect(name != nullptr, "a tensor's name is no text");
    check_name(*name);
    try {
      reader.add(*name, **tensor);
    } catch (Error& error) {
      error.add_context("in tensor '" + excerpt(*name) + "'");
      throw;
    }
  }
  NamedTensors tensors = std::move(reader).take();
  expect(!tensors.all().empty(), "its state dict holds no tensors");
  return tensors;
}

}  // namespace c3d
