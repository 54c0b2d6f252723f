// Reads a pickle of protocol 2 as torch.save writes it, and runs none of it: the machine knows the opcodes
// and the globals that make tensors, containers, numbers and strings; any other is an Error that names it. A
// PickleDocument owns all its nodes and is free of cycles. Sizes in a pickle are claims: whoever allocates
// by them checks them against the file first. Opcodes: CPython's pickletools; globals: torch.serialization.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "weights/torch_type.h"

namespace c3d {

struct PickleNode;

struct PickleStorage {
  const TorchType* type;
  std::string key;
  std::uint64_t elements;
  bool is_view = false;  // legacy streams: a part of the storage `key`
  std::uint64_t view_first = 0, view_elements = 0;
};

struct PickleTensor {
  const PickleStorage* storage;
  std::int64_t offset;
  std::vector<std::int64_t> shape, strides;  // in elements, as claimed
};

struct PickleNone {};
struct PickleList {
  std::vector<PickleNode*> items;
};
struct PickleTuple {
  std::vector<PickleNode*> items;
};
struct PickleSet {};
struct PickleDict {
  std::vector<std::pair<PickleNode*, PickleNode*>> items;
};
// A class or function by its name: what REDUCE and NEWOBJ call.
struct PickleGlobal {
  enum class Kind : std::uint8_t {
    ordered_dict,
    rebuild_tensor,
    rebuild_parameter,
    storage,
    size,
    device,
    parameter,
    encode
  };
  Kind kind;
  const TorchType* type;  // of a storage class
};

struct PickleNode {
  std::variant<PickleNone, bool, std::int64_t, double, std::string, PickleList, PickleTuple, PickleSet,
               PickleDict, PickleGlobal, std::unique_ptr<PickleStorage>, std::unique_ptr<PickleTensor>>
      value;
  enum class Visit : std::uint8_t { no, open, done };
  Visit visit = Visit::no;  // of the search for cycles

  template <typename T>
  const T* as() const {
    return std::get_if<T>(&value);
  }
};

struct PickleDocument {
  std::deque<PickleNode> nodes;
  const PickleNode* root = nullptr;
  std::size_t bytes = 0;  // that the pickle takes
};

// The pickle at the start of `bytes`, which may go on behind it.
PickleDocument read_pickle(std::span<const std::byte> bytes);

// At most 80 characters of text from a file, fit for a message.
std::string excerpt(std::string_view text);

}  // namespace c3d
