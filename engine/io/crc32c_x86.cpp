#include <immintrin.h>

#include <cstring>

#include "engine/io/crc32c.h"

namespace c3d {
namespace {

[[gnu::target("sse4.2")]] std::uint32_t crc32c_by_instruction(std::span<const std::byte> bytes,
                                                              std::uint32_t before) {
  std::uint64_t sum = ~before;
  const std::byte* data = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= sizeof(std::uint64_t); left -= sizeof(std::uint64_t), data += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, data, sizeof word);
    sum = _mm_crc32_u64(sum, word);
  }
  auto narrow = static_cast<std::uint32_t>(sum);
  for (; left > 0; --left, ++data) narrow = _mm_crc32_u8(narrow, std::to_integer<std::uint8_t>(*data));
  return ~narrow;
}

}  // namespace

Crc32cFunction fastest_crc32c() {
  return __builtin_cpu_supports("sse4.2") != 0 ? crc32c_by_instruction : crc32c_by_tables;
}

}  // namespace c3d
