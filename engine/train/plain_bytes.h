// Numbers as bytes one after the other, for messages between ranks.
#pragma once

#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "engine/core/error.h"

namespace c3d {

class ByteWriter {
 public:
  template <typename Number>
  void add(const Number& number) {
    add(std::span<const Number>(&number, 1));
  }
  template <typename Number>
  void add(std::span<const Number> numbers) {
    static_assert(std::is_trivially_copyable_v<Number>);
    bytes_.append(reinterpret_cast<const char*>(numbers.data()), numbers.size_bytes());
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// Error: fewer bytes than are asked for.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

  bool is_at_end() const { return bytes_.empty(); }
  template <typename Number>
  Number number() {
    Number value{};
    read(std::span<Number>(&value, 1));
    return value;
  }
  template <typename Number>
  void read(std::span<Number> to) {
    static_assert(std::is_trivially_copyable_v<Number>);
    expect(to.size_bytes() <= bytes_.size(), "a message of another rank ends {} bytes too early",
           to.size_bytes() - bytes_.size());
    if (!to.empty()) std::memcpy(to.data(), bytes_.data(), to.size_bytes());
    bytes_.remove_prefix(to.size_bytes());
  }

 private:
  std::string_view bytes_;
};

}  // namespace c3d
