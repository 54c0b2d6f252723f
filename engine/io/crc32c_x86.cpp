#include <immintrin.h>

#include <array>
#include <cstring>

#include "engine/io/crc32c.h"

namespace c3d {
namespace {

// What `kBytes` zeros (a power of two) behind some bytes make of their sum. It is linear over the sum's bits,
// so a table for each byte of the sum does it (Adler, crc32c.c: the operator for one bit, squared again and
// again).
template <std::size_t kBytes>
class Zeros {
 public:
  constexpr Zeros() {
    Columns columns{};
    columns[0] = kCrc32cPolynomial;
    for (std::size_t bit = 1; bit < columns.size(); ++bit) columns[bit] = 1u << (bit - 1);
    for (std::size_t bits = 1; bits < kBytes * 8; bits *= 2) columns = squared(columns);
    for (std::size_t byte = 0; byte < tables_.size(); ++byte) {
      for (std::uint32_t value = 0; value < 256; ++value) {
        tables_[byte][value] = product(columns, value << (8 * byte));
      }
    }
  }

  std::uint32_t behind(std::uint64_t sum) const {
    return tables_[0][sum & 0xFF] ^ tables_[1][sum >> 8 & 0xFF] ^ tables_[2][sum >> 16 & 0xFF] ^
           tables_[3][sum >> 24 & 0xFF];
  }

 private:
  using Columns = std::array<std::uint32_t, 32>;  // what each bit of a sum becomes

  static constexpr std::uint32_t product(const Columns& columns, std::uint32_t sum) {
    std::uint32_t result = 0;
    for (std::size_t bit = 0; sum != 0; ++bit, sum >>= 1) result ^= (sum & 1u) != 0 ? columns[bit] : 0;
    return result;
  }
  static constexpr Columns squared(const Columns& columns) {
    Columns result{};
    for (std::size_t bit = 0; bit < columns.size(); ++bit) result[bit] = product(columns, columns[bit]);
    return result;
  }

  std::array<std::array<std::uint32_t, 256>, 4> tables_{};
};

std::uint64_t word_at(const std::byte* data) {
  std::uint64_t word = 0;
  std::memcpy(&word, data, sizeof word);
  return word;
}

// The instruction gives its result three cycles later and can begin each cycle: three sums at a time, of
// pieces that lie behind each other (Gopal et al., Intel 2011).
template <std::size_t kBytes>
[[gnu::target("sse4.2")]] std::uint64_t add_threes(std::uint64_t sum, std::span<const std::byte>& bytes) {
  static constexpr Zeros<kBytes> kZeros;
  for (; bytes.size() >= 3 * kBytes; bytes = bytes.subspan(3 * kBytes)) {
    const std::byte* const data = bytes.data();
    std::uint64_t second = 0, third = 0;
    for (std::size_t at = 0; at < kBytes; at += sizeof(std::uint64_t)) {
      sum = _mm_crc32_u64(sum, word_at(data + at));
      second = _mm_crc32_u64(second, word_at(data + kBytes + at));
      third = _mm_crc32_u64(third, word_at(data + 2 * kBytes + at));
    }
    sum = kZeros.behind(kZeros.behind(sum) ^ second) ^ third;
  }
  return sum;
}

[[gnu::target("sse4.2")]] std::uint32_t crc32c_by_instruction(std::span<const std::byte> bytes,
                                                              std::uint32_t before) {
  std::uint64_t sum = ~before;
  sum = add_threes<4096>(sum, bytes);
  sum = add_threes<256>(sum, bytes);
  for (; bytes.size() >= sizeof(std::uint64_t); bytes = bytes.subspan(sizeof(std::uint64_t))) {
    sum = _mm_crc32_u64(sum, word_at(bytes.data()));
  }
  auto narrow = static_cast<std::uint32_t>(sum);
  for (const std::byte byte : bytes) narrow = _mm_crc32_u8(narrow, std::to_integer<std::uint8_t>(byte));
  return ~narrow;
}

}  // namespace

Crc32cFunction fastest_crc32c() {
  return __builtin_cpu_supports("sse4.2") != 0 ? crc32c_by_instruction : crc32c_by_tables;
}

}  // namespace c3d
