#include "weights/npy_header.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <bit>

namespace c3d {

constexpr std::size_t kAlignment = 64;   // of the values in the file
constexpr std::size_t kMagicBytes = 10;  // magic, version, length of the text
static_assert(std::endian::native == std::endian::little, "the file says little-endian");

std::string npy_header(const std::vector<std::int64_t>& extents) {
  std::string text =
      fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}), }}", fmt::join(extents, ", "));
  const std::size_t unpadded = kMagicBytes + text.size() + 1;
  text.append((kAlignment - unpadded % kAlignment) % kAlignment, ' ');
  text += '\n';
  std::string start = "\x93NUMPY";
  start += {'\x01', '\x00', static_cast<char>(text.size() & 0xff), static_cast<char>(text.size() >> 8)};
  return start + text;
}

}  // namespace c3d
