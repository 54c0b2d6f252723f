// The CRC-32C sums in safetensors files that this program wrote. Each tensor's stands among the metadata,
// under a key of its own. The header's checksum stands in the white space behind the header's JSON, 32
// characters of which a space is a 0 and a tab a 1: every reader passes over them, and a program that writes
// the header anew, with other metadata or tensors, leaves them out. Without them no sum is checked: the file
// is that program's then.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace c3d {

inline constexpr const char* kSumsKey = "crc32c";

// `sum` as one more word of what stands under kSumsKey: "1a2b3c4d 00ff00ff", in the order of the tensors'
// bytes.
void add_sum(std::string& sums, std::uint32_t sum);
// Whether `sums` may be those of `count` tensors, and then, whether `sum` is the one at `index`.
bool has_sums(std::string_view sums, std::size_t count);
bool is_sum(std::string_view sums, std::size_t index, std::uint32_t sum);

// The JSON, spaces up to a multiple of 8, its sum.
std::string with_header_sum(std::string json);

enum class HeaderSum : std::uint8_t { none, right, wrong };
HeaderSum check_header_sum(std::string_view header);

}  // namespace c3d
