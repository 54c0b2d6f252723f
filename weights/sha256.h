// SHA-256 (FIPS 180-4), which names a weights file wherever it came from. Not for secrets.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace c3d {

std::string sha256(std::span<const std::byte> bytes);  // 64 hexadecimal digits

}  // namespace c3d
