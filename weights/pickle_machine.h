// The stack machine behind read_pickle(): values are made in a document and pushed; each push counts, so that
// a pickle of one-byte opcodes cannot grow without end. For one pickle, on one thread.
#pragma once

#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "weights/pickle.h"

namespace c3d {

class PickleMachine {
 public:
  explicit PickleMachine(std::span<const std::byte> bytes) : bytes_(bytes) {}
  PickleDocument run() &&;

 private:
  bool step();  // false: STOP
  bool scalar(std::uint8_t opcode);
  bool container(std::uint8_t opcode);
  bool filling(std::uint8_t opcode);
  bool memo(std::uint8_t opcode);
  bool calling(std::uint8_t opcode);

  // The bytes of the pickle.
  std::span<const std::byte> take(std::size_t count);
  template <typename T>
  T number();
  std::string text(std::size_t count);
  std::string line();
  std::int64_t long_number();
  double big_endian_double();

  // The stack.
  void count(std::size_t values);
  void push(PickleNode* node);
  template <typename T>
  PickleNode* make(T value);
  template <typename T>
  void push_new(T value) {
    push(make(std::move(value)));
  }
  PickleNode* pop();
  PickleNode* top();
  std::vector<PickleNode*> pop(std::size_t count);
  std::vector<PickleNode*> pop_to_mark();
  void set_items(const std::vector<PickleNode*>& items);
  void append(const std::vector<PickleNode*>& items);
  void build();

  std::span<const std::byte> bytes_;
  std::size_t at_ = 0, pushes_ = 0;
  PickleDocument document_;
  std::vector<PickleNode*> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint32_t, PickleNode*> memo_;
};

}  // namespace c3d
