// CRC-32C (Castagnoli's polynomial, RFC 3720), which finds bits that a disk or memory has turned: in files we
// wrote ourselves, whose sums stand in them. Not for secrets. By the processor's own instruction where it has
// one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace c3d {

inline constexpr std::uint32_t kCrc32cPolynomial = 0x82F63B78u;  // with its bits in reverse

// Of the bytes so far, whose sum is `before` (0: none), and these.
std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before = 0);

// The same of a text's bytes.
inline std::uint32_t crc32c_of_text(std::string_view text, std::uint32_t before = 0) {
  return crc32c(std::as_bytes(std::span(text)), before);
}

using Crc32cFunction = std::uint32_t (*)(std::span<const std::byte>, std::uint32_t);
std::uint32_t crc32c_by_tables(std::span<const std::byte> bytes, std::uint32_t before);
Crc32cFunction fastest_crc32c();  // on this processor

}  // namespace c3d
