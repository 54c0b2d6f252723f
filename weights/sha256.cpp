#include "weights/sha256.h"

#include <fcntl.h>

#include <algorithm>
#include <vector>

#include "engine/core/error.h"
#include "engine/io/file.h"

namespace c3d {

std::string sha256(std::span<const std::byte> bytes) {
  Sha256 sum;
  sum.add(bytes);
  return sum.digits();
}

std::string file_sha256(const std::filesystem::path& path) {
  const File file(path, O_RDONLY | O_NONBLOCK);  // a pipe must not block
  expect(file.is_regular(), "{}: not a regular file", path);
  std::vector<std::byte> piece(std::size_t{1} << 20);
  Sha256 sum;
  const std::uint64_t bytes = file.size();
  for (std::uint64_t at = 0; at < bytes; at += piece.size()) {
    const auto part = std::span(piece).first(std::min<std::uint64_t>(piece.size(), bytes - at));
    expect(file.read_at(at, part), "{} was cut while it was read", path);
    sum.add(part);
  }
  return sum.digits();
}

}  // namespace c3d
