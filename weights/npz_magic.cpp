#include <cstdint>
#include <cstring>
#include <string_view>

#include "weights/npz_file.h"
#include "weights/torch_magic.h"

namespace c3d {

// The header before a zip file's entry: the length of its name after 26 bytes, the name after 30.
bool looks_like_npz(std::span<const std::byte> head) {
  constexpr std::size_t kLengthAt = 26, kNameAt = 30;
  const std::string_view text(reinterpret_cast<const char*>(head.data()), head.size());
  if (!text.starts_with(kZipMagic) || text.size() < kNameAt) return false;
  std::uint16_t length = 0;
  std::memcpy(&length, head.data() + kLengthAt, sizeof length);
  return text.substr(kNameAt, length).ends_with(".npy");
}

}  // namespace c3d
