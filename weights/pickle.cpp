#include "weights/pickle.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "engine/core/error.h"
#include "engine/core/printable.h"
#include "weights/pickle_calls.h"
#include "weights/pickle_machine.h"

namespace c3d {
namespace {

constexpr std::size_t kMaxBytes = 16 << 20;
constexpr std::size_t kMaxPushes = 500'000;
constexpr std::size_t kMaxDepth = 100;
constexpr std::size_t kMaxGlobalBytes = 200;
constexpr std::size_t kExcerptBytes = 80;

struct OpcodeName {
  std::uint8_t opcode;
  const char* name;
};
// Those that are refused; what is not here is no opcode at all.
constexpr OpcodeName kRefused[] = {{'0', "POP"},          {'1', "POP_MARK"},
                                   {'2', "DUP"},          {'F', "FLOAT"},
                                   {'I', "INT"},          {'L', "LONG"},
                                   {'P', "PERSID"},       {'S', "STRING"},
                                   {'T', "BINSTRING"},    {'V', "UNICODE"},
                                   {'d', "DICT"},         {'g', "GET"},
                                   {'i', "INST"},         {'l', "LIST"},
                                   {'o', "OBJ"},          {'p', "PUT"},
                                   {'B', "BINBYTES"},     {'C', "SHORT_BINBYTES"},
                                   {0x82, "EXT1"},        {0x83, "EXT2"},
                                   {0x84, "EXT4"},        {0x8b, "LONG4"},
                                   {0x8d, "BINUNICODE8"}, {0x8e, "BINBYTES8"},
                                   {0x90, "ADDITEMS"},    {0x8c, "SHORT_BINUNICODE"},
                                   {0x91, "FROZENSET"},   {0x92, "NEWOBJ_EX"},
                                   {0x94, "MEMOIZE"},     {0x93, "STACK_GLOBAL"},
                                   {0x95, "FRAME"},       {0x96, "BYTEARRAY8"},
                                   {0x97, "NEXT_BUFFER"}, {0x98, "READONLY_BUFFER"}};

[[noreturn]] void refuse_opcode(std::uint8_t opcode, std::size_t at) {
  const auto* found = std::ranges::find(kRefused, opcode, &OpcodeName::opcode);
  if (found == std::end(kRefused)) fail("byte {} of its pickle, {:#04x}, is no opcode", at, opcode);
  fail("its pickle uses the opcode {} (byte {}), which torch.save's protocol 2 does not need", found->name,
       at);
}

std::vector<PickleNode*> children(const PickleNode& node) {
  if (const auto* list = node.as<PickleList>()) return list->items;
  if (const auto* tuple = node.as<PickleTuple>()) return tuple->items;
  std::vector<PickleNode*> all;
  if (const auto* dict = node.as<PickleDict>()) {
    for (const auto& [key, value] : dict->items) all.insert(all.end(), {key, value});
  }
  return all;
}

// Depth first, without recursion: the depth is the file's.
void check_no_cycle(PickleNode* root) {
  struct Frame {
    PickleNode* node;
    std::vector<PickleNode*> left;
  };
  std::vector<Frame> open;
  const auto enter = [&](PickleNode* node) {
    expect(node->visit != PickleNode::Visit::open, "its pickle has a container that holds itself");
    if (node->visit == PickleNode::Visit::done) return;
    expect(open.size() < kMaxDepth, "its pickle is nested more than {} deep", kMaxDepth);
    node->visit = PickleNode::Visit::open;
    open.push_back({node, children(*node)});
  };
  enter(root);
  while (!open.empty()) {
    Frame& frame = open.back();
    if (frame.left.empty()) {
      frame.node->visit = PickleNode::Visit::done;
      open.pop_back();
      continue;
    }
    PickleNode* next = frame.left.back();
    frame.left.pop_back();
    enter(next);
  }
}

}  // namespace

// ---- bytes ----------------------------------------------------------------------------------------------

std::span<const std::byte> PickleMachine::take(std::size_t count) {
  expect(count <= bytes_.size() - at_, "its pickle is cut short, or longer than {} bytes", kMaxBytes);
  at_ += count;
  return bytes_.subspan(at_ - count, count);
}

template <typename T>
T PickleMachine::number() {
  T value;
  std::memcpy(&value, take(sizeof value).data(), sizeof value);
  return value;
}

std::string PickleMachine::text(std::size_t count) {
  const auto bytes = take(count);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string PickleMachine::line() {
  std::string result;
  for (char c = number<char>(); c != '\n'; c = number<char>()) {
    expect(result.size() < kMaxGlobalBytes, "its pickle asks for a global of more than {} characters: '{}'",
           kMaxGlobalBytes, excerpt(result));
    result += c;
  }
  return result;
}

std::int64_t PickleMachine::long_number() {
  const auto bytes = take(number<std::uint8_t>());
  expect(bytes.size() <= 8, "its pickle holds a number beyond 64 bits");
  if (bytes.empty()) return 0;
  std::uint64_t value = (bytes.back() & std::byte{0x80}) != std::byte{} ? ~std::uint64_t{0} : 0;
  std::memcpy(&value, bytes.data(), bytes.size());
  return static_cast<std::int64_t>(value);
}

double PickleMachine::big_endian_double() {
  std::uint64_t bits = 0;
  for (const std::byte byte : take(8)) bits = (bits << 8) | std::to_integer<std::uint64_t>(byte);
  return std::bit_cast<double>(bits);
}

// ---- stack ----------------------------------------------------------------------------------------------

void PickleMachine::count(std::size_t values) {
  pushes_ += values;
  expect(pushes_ <= kMaxPushes, "its pickle has more than {} values", kMaxPushes);
}

void PickleMachine::push(PickleNode* node) {
  count(1);
  stack_.push_back(node);
}

template <typename T>
PickleNode* PickleMachine::make(T value) {
  PickleNode& node = document_.nodes.emplace_back();
  node.value = std::move(value);
  return &node;
}

PickleNode* PickleMachine::top() {
  expect(stack_.size() > (marks_.empty() ? 0 : marks_.back()), "its pickle takes a value that is not there");
  return stack_.back();
}

PickleNode* PickleMachine::pop() {
  PickleNode* node = top();
  stack_.pop_back();
  return node;
}

std::vector<PickleNode*> PickleMachine::pop(std::size_t count) {
  std::vector<PickleNode*> items(count);
  for (std::size_t i = count; i > 0; --i) items[i - 1] = pop();
  return items;
}

std::vector<PickleNode*> PickleMachine::pop_to_mark() {
  expect(!marks_.empty(), "its pickle goes back to a mark that is not there");
  std::vector<PickleNode*> items(stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back()), stack_.end());
  stack_.resize(marks_.back());
  marks_.pop_back();
  return items;
}

void PickleMachine::set_items(const std::vector<PickleNode*>& items) {
  auto* dict = std::get_if<PickleDict>(&top()->value);
  expect(dict != nullptr && items.size() % 2 == 0, "its pickle sets keys of something that is no dict");
  for (std::size_t i = 0; i < items.size(); i += 2) dict->items.emplace_back(items[i], items[i + 1]);
}

void PickleMachine::append(const std::vector<PickleNode*>& items) {
  auto* list = std::get_if<PickleList>(&top()->value);
  expect(list != nullptr, "its pickle appends to something that is no list");
  list->items.insert(list->items.end(), items.begin(), items.end());
}

// The state of an OrderedDict is its attribute _metadata, which says nothing of the weights.
void PickleMachine::build() {
  const PickleNode* state = pop();
  expect(
      top()->as<PickleDict>() != nullptr && state->as<PickleDict>() != nullptr,
      "its pickle sets the state of an object (BUILD) that is no OrderedDict; save the state_dict() alone");
}

// ---- opcodes --------------------------------------------------------------------------------------------

bool PickleMachine::scalar(std::uint8_t opcode) {
  switch (opcode) {
    case 'N':
      return push_new(PickleNone{}), true;
    case 0x88:
      return push_new(true), true;
    case 0x89:
      return push_new(false), true;
    case 'J':
      return push_new(std::int64_t{number<std::int32_t>()}), true;
    case 'K':
      return push_new(std::int64_t{number<std::uint8_t>()}), true;
    case 'M':
      return push_new(std::int64_t{number<std::uint16_t>()}), true;
    case 0x8a:
      return push_new(long_number()), true;
    case 'G':
      return push_new(big_endian_double()), true;
    case 'X':
      return push_new(text(number<std::uint32_t>())), true;
    case 'U':
      return push_new(text(number<std::uint8_t>())), true;
    default:
      return false;
  }
}

bool PickleMachine::container(std::uint8_t opcode) {
  switch (opcode) {
    case '}':
      return push_new(PickleDict{}), true;
    case ']':
      return push_new(PickleList{}), true;
    case ')':
      return push_new(PickleTuple{}), true;
    case 0x8f:
      return push_new(PickleSet{}), true;
    case 0x85:
    case 0x86:
    case 0x87:
      return push_new(PickleTuple{pop(std::size_t{opcode} - 0x84u)}), true;
    case 't':
      return push_new(PickleTuple{pop_to_mark()}), true;
    default:
      return false;
  }
}

bool PickleMachine::filling(std::uint8_t opcode) {
  switch (opcode) {
    case '(':
      expect(marks_.size() < kMaxPushes, "its pickle has more than {} marks", kMaxPushes);
      return marks_.push_back(stack_.size()), true;
    case 'a':
      return append(pop(1)), true;
    case 'e':
      return append(pop_to_mark()), true;
    case 's':
      return set_items(pop(2)), true;
    case 'u':
      return set_items(pop_to_mark()), true;
    case 'b':
      return build(), true;
    default:
      return false;
  }
}

bool PickleMachine::memo(std::uint8_t opcode) {
  const bool is_wide = opcode == 'j' || opcode == 'r';
  if (!is_wide && opcode != 'h' && opcode != 'q') return false;
  const std::uint32_t index = is_wide ? number<std::uint32_t>() : number<std::uint8_t>();
  if (opcode == 'q' || opcode == 'r') {
    memo_[index] = top();
    expect(memo_.size() <= kMaxPushes, "its pickle remembers more than {} values", kMaxPushes);
    return true;
  }
  const auto found = memo_.find(index);
  expect(found != memo_.end(), "its pickle recalls value {}, which it never stored", index);
  return push(found->second), true;
}

bool PickleMachine::calling(std::uint8_t opcode) {
  if (opcode == 'c') {
    const std::string module = line();
    push_new(find_global(module, line()));
  } else if (opcode == 'R' || opcode == 0x81) {  // REDUCE, NEWOBJ
    const PickleNode* arguments = pop();
    const PickleNode* callable = pop();
    PickleNode* made = make(PickleNone{});
    PickleNode* same = call_global(*callable, *arguments, *made);
    if (const auto* dict = made->as<PickleDict>()) count(dict->items.size());
    push(same != nullptr ? same : made);
  } else if (opcode == 'Q') {
    push_new(std::make_unique<PickleStorage>(storage_of(*pop())));
  } else {
    return false;
  }
  return true;
}

bool PickleMachine::step() {
  const auto opcode = number<std::uint8_t>();
  if (opcode == '.') return false;
  if (opcode == 0x80) {
    const auto protocol = number<std::uint8_t>();
    expect(protocol == 2 || protocol == 3, "it is pickled by protocol {}; torch.save's default, 2, is read",
           protocol);
  } else if (!scalar(opcode) && !container(opcode) && !filling(opcode) && !memo(opcode) && !calling(opcode)) {
    refuse_opcode(opcode, at_ - 1);
  }
  return true;
}

PickleDocument PickleMachine::run() && {
  bytes_ = bytes_.first(std::min(bytes_.size(), kMaxBytes));
  while (step()) {
  }
  PickleNode* root = pop();
  expect(stack_.empty() && marks_.empty(), "its pickle ends with values left over");
  check_no_cycle(root);
  document_.root = root;
  document_.bytes = at_;
  return std::move(document_);
}

PickleDocument read_pickle(std::span<const std::byte> bytes) { return PickleMachine(bytes).run(); }

std::string excerpt(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && end < kExcerptBytes) end = std::max(end + 1, utf8_end(text, end));
  return printable(text.substr(0, end)) + (end < text.size() ? "..." : "");
}

}  // namespace c3d
