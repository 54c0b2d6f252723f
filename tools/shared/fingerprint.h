// A short name for long text: FNV-1a, 64 bits. Equal texts have equal ones, on any machine.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>

namespace c3d {

class Fingerprint {
 public:
  void add(const std::string& text) {
    for (const char letter : text + '\n') {
      hash_ = (hash_ ^ static_cast<unsigned char>(letter)) * 0x100000001b3ull;
    }
  }
  std::string text() const { return fmt::format("{:016x}", hash_); }

 private:
  std::uint64_t hash_ = 0xcbf29ce484222325ull;
};

}  // namespace c3d
