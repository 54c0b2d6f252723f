#include "weights/pickle_calls.h"

#include <array>

#include "engine/core/error.h"

namespace c3d {
namespace {

using Kind = PickleGlobal::Kind;

struct Known {
  std::string_view module, name;
  Kind kind;
};
constexpr std::array kKnown{Known{"collections", "OrderedDict", Kind::ordered_dict},
                            Known{"torch._utils", "_rebuild_tensor", Kind::rebuild_tensor},
                            Known{"torch._utils", "_rebuild_tensor_v2", Kind::rebuild_tensor},
                            Known{"torch._utils", "_rebuild_parameter", Kind::rebuild_parameter},
                            Known{"torch", "Size", Kind::size},
                            Known{"torch", "device", Kind::device},
                            Known{"torch.nn.parameter", "Parameter", Kind::parameter},
                            Known{"_codecs", "encode", Kind::encode}};

// What is copied out of a value must be small: the same value can be named any number of times.
constexpr std::size_t kMaxTensorRank = 32, kMaxKeyBytes = 200;

using Items = std::vector<PickleNode*>;

std::int64_t whole_number(const PickleNode& node, const char* what) {
  const auto* number = node.as<std::int64_t>();
  expect(number != nullptr, "the pickle's {} is no whole number", what);
  return *number;
}

std::uint64_t element_count(const PickleNode& node) {
  const std::int64_t count = whole_number(node, "number of elements");
  expect(count >= 0, "the pickle has a storage of {} elements", count);
  return static_cast<std::uint64_t>(count);
}

std::vector<std::int64_t> whole_numbers(const PickleNode& node, const char* what) {
  const auto* tuple = node.as<PickleTuple>();
  expect(tuple != nullptr, "the pickle's {} is no tuple", what);
  expect(tuple->items.size() <= kMaxTensorRank, "the pickle's {} has {} numbers", what, tuple->items.size());
  std::vector<std::int64_t> numbers;
  numbers.reserve(tuple->items.size());
  for (const PickleNode* item : tuple->items) numbers.push_back(whole_number(*item, what));
  return numbers;
}

// (storage, offset, shape, strides, ...)
std::unique_ptr<PickleTensor> tensor_of(const Items& arguments) {
  expect(arguments.size() >= 4, "the pickle rebuilds a tensor from {} arguments; it takes 4 at least",
         arguments.size());
  const auto* storage = arguments[0]->as<std::unique_ptr<PickleStorage>>();
  expect(storage != nullptr, "the pickle rebuilds a tensor from something that is no storage");
  auto tensor = std::make_unique<PickleTensor>();
  tensor->storage = storage->get();
  tensor->offset = whole_number(*arguments[1], "tensor offset");
  tensor->shape = whole_numbers(*arguments[2], "tensor shape");
  tensor->strides = whole_numbers(*arguments[3], "tensor strides");
  return tensor;
}

// Nothing, or (as Python 2 writes it) one list of [key, value].
PickleDict dict_of(const Items& arguments) {
  PickleDict dict;
  if (arguments.empty()) return dict;
  const auto* pairs = arguments[0]->as<PickleList>();
  expect(arguments.size() == 1 && pairs != nullptr, "the pickle makes an OrderedDict from no list of pairs");
  for (const PickleNode* pair : pairs->items) {
    const auto* list = pair->as<PickleList>();
    const auto* tuple = pair->as<PickleTuple>();
    expect(list != nullptr || tuple != nullptr, "the pickle makes an OrderedDict from no list of pairs");
    const Items& two = list != nullptr ? list->items : tuple->items;
    expect(two.size() == 2, "the pickle makes an OrderedDict from no list of pairs");
    dict.items.emplace_back(two[0], two[1]);
  }
  return dict;
}

PickleNode* first_as(const Items& arguments, bool fits, const char* what) {
  expect(fits, "the pickle calls {} with the wrong arguments", what);
  return arguments[0];
}

template <typename T>
bool starts_with(const Items& arguments) {
  return !arguments.empty() && arguments[0]->as<T>() != nullptr;
}

}  // namespace

PickleGlobal find_global(const std::string& module, const std::string& name) {
  for (const Known& known : kKnown) {
    if (known.module == module && known.name == name) return {known.kind, nullptr};
  }
  const bool untyped = name == "UntypedStorage";
  if (module == "torch.storage" ? untyped : module == "torch") {
    if (const TorchType* type = find_torch_type(name)) return {Kind::storage, type};
  }
  fail(
      "its pickle asks for {}.{}, which is neither tensor, container, number nor string and is not run; save "
      "the state_dict() alone",
      excerpt(module), excerpt(name));
}

PickleNode* call_global(const PickleNode& callable, const PickleNode& arguments, PickleNode& made) {
  const auto* global = callable.as<PickleGlobal>();
  const auto* tuple = arguments.as<PickleTuple>();
  expect(global != nullptr && tuple != nullptr, "the pickle calls something that is no function or class");
  const Items& items = tuple->items;
  switch (global->kind) {
    case Kind::ordered_dict:
      made.value = dict_of(items);
      return nullptr;
    case Kind::rebuild_tensor:
      made.value = tensor_of(items);
      return nullptr;
    case Kind::rebuild_parameter:
    case Kind::parameter:
      return first_as(items, starts_with<std::unique_ptr<PickleTensor>>(items), "Parameter");
    case Kind::size:
      return first_as(items, starts_with<PickleTuple>(items), "torch.Size");
    case Kind::device:
      return first_as(items, starts_with<std::string>(items), "torch.device");
    case Kind::encode:
      return first_as(items, starts_with<std::string>(items), "_codecs.encode");
    case Kind::storage:
      break;
  }
  fail("the pickle calls the storage class torch.{}, which stands in persistent ids only",
       global->type->storage);
}

PickleStorage storage_of(const PickleNode& persistent_id) {
  const auto* tuple = persistent_id.as<PickleTuple>();
  expect(tuple != nullptr && tuple->items.size() >= 5, "the pickle has a persistent id of unknown form");
  const Items& items = tuple->items;
  const auto* word = items[0]->as<std::string>();
  const auto* type = items[1]->as<PickleGlobal>();
  const auto* key = items[2]->as<std::string>();
  expect(word != nullptr && *word == "storage" && key != nullptr,
         "the pickle has a persistent id that is no storage; save the state_dict() alone");
  expect(key->size() <= kMaxKeyBytes, "the pickle has a storage whose key has {} bytes", key->size());
  expect(type != nullptr && type->kind == Kind::storage, "the pickle's storage '{}' has no storage class",
         excerpt(*key));
  PickleStorage storage{type->type, *key, element_count(*items[4])};
  if (items.size() > 5 && items[5]->as<PickleNone>() == nullptr) {
    const auto* view = items[5]->as<PickleTuple>();
    expect(view != nullptr && view->items.size() == 3, "the pickle's storage '{}' is a view of unknown form",
           excerpt(*key));
    storage.is_view = true;
    storage.view_first = element_count(*view->items[1]);
    storage.view_elements = element_count(*view->items[2]);
  }
  return storage;
}

}  // namespace c3d
