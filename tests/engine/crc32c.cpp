#include "engine/io/crc32c.h"

#include <numeric>
#include <string_view>
#include <vector>

#include "catch.h"

namespace c3d {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::vector<std::byte> some_bytes(std::size_t count) {
  std::vector<std::byte> bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::byte>(i * 167 + i / 251);
  return bytes;
}

TEST_CASE("crc32c is that of the standard") {
  for (const Crc32cFunction sum : {&crc32c_by_tables, fastest_crc32c()}) {
    CHECK(sum(bytes_of("123456789"), 0) == 0xE3069283u);
    CHECK(sum(bytes_of(""), 0) == 0u);
    const std::vector<std::byte> zeros(32);  // RFC 3720, B.4
    CHECK(sum(zeros, 0) == 0x8A9136AAu);
  }
}

TEST_CASE("the fastest crc32c equals the plain one, at any length and in any pieces") {
  const std::vector<std::byte> bytes = some_bytes(300);
  for (std::size_t first = 0; first < 9; ++first) {
    for (std::size_t count = 0; first + count <= 280; count += 7) {
      const auto piece = std::span(bytes).subspan(first, count);
      REQUIRE(fastest_crc32c()(piece, 5) == crc32c_by_tables(piece, 5));
      const std::size_t cut = count / 3;
      REQUIRE(crc32c(piece.subspan(cut), crc32c(piece.first(cut))) == crc32c(piece));
    }
  }
}

TEST_CASE("the fastest crc32c equals the plain one over long pieces, which it sums three at a time") {
  const std::vector<std::byte> bytes = some_bytes(40000);
  for (const std::size_t count :
       {767U, 768U, 769U, 1536U, 3000U, 12287U, 12288U, 12289U, 13056U, 24576U, 39990U}) {
    for (const std::size_t first : {0U, 1U, 6U}) {
      const auto piece = std::span(bytes).subspan(first, count);
      REQUIRE(fastest_crc32c()(piece, 0x12345678) == crc32c_by_tables(piece, 0x12345678));
    }
  }
}

TEST_CASE("crc32c finds every single bit that turns") {
  std::vector<std::byte> bytes = some_bytes(100);
  const std::uint32_t right = crc32c(bytes);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] ^= static_cast<std::byte>(1 << (bit % 8));
    REQUIRE(crc32c(bytes) != right);
    bytes[bit / 8] ^= static_cast<std::byte>(1 << (bit % 8));
  }
}

}  // namespace
}  // namespace c3d
