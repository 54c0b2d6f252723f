#include "weights/torch_magic.h"

#include "weights/torch_file.h"

namespace c3d {

bool is_torch_file(std::span<const std::byte> start) {
  const std::string_view text(reinterpret_cast<const char*>(start.data()), start.size());
  const bool is_tar = text.size() > kTarMagicAt && text.substr(kTarMagicAt).starts_with(kTarMagic);
  return text.starts_with(kZipMagic) || text.starts_with(kPickleStart) || is_tar;
}

}  // namespace c3d
