// A short name for long text: FNV-1a of Fowler, Noll and Vo, 64 bits. Equal texts have equal ones, on any
// machine. It guards against no one who looks for two texts with the same.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace c3d {

class Fingerprint {
 public:
  // The text alone: "ab" and "c" are then as "a" and "bc".
  void add(std::string_view text) {
    for (const char letter : text) hash_ = (hash_ ^ static_cast<unsigned char>(letter)) * 0x100000001b3ull;
  }
  void add_line(std::string_view text) {
    add(text);
    add("\n");
  }
  std::uint64_t value() const { return hash_; }
  std::string text() const { return fmt::format("{:016x}", hash_); }

 private:
  std::uint64_t hash_ = 0xcbf29ce484222325ull;
};

}  // namespace c3d
