#include "c3d/inference/shards/file_seal.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/error.h"
#include "engine/io/file.h"
#include "weights/sha256.h"

namespace c3d {
namespace {

constexpr std::string_view kStart = "\nc3d sha256 ";
constexpr std::size_t kDigits = 64, kSealBytes = kStart.size() + kDigits + 1;  // a line's end is the last
constexpr std::size_t kPiece = std::size_t{1} << 20;

void read_at(const File& file, std::uint64_t offset, char* to, std::size_t bytes) {
  for (std::size_t done = 0; done < bytes;) {
    const ssize_t got =
        ::pread(file.descriptor(), to + done, bytes - done, static_cast<off_t>(offset + done));
    expect(got > 0, "{}: cannot be read: {}", file.path(),
           got == 0 ? "it ends before its end" : errno_text(errno));
    done += static_cast<std::size_t>(got);
  }
}

std::string digits_of(const File& file, std::uint64_t bytes) {
  Sha256 sum;
  std::vector<char> piece(kPiece);
  for (std::uint64_t at = 0; at < bytes;) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, bytes - at));
    read_at(file, at, piece.data(), size);
    sum.add(std::as_bytes(std::span(piece.data(), size)));
    at += size;
  }
  return sum.digits();
}

}  // namespace

void seal_file(const std::filesystem::path& path) {
  File file(path, O_RDWR | O_APPEND);
  file.write(std::string(kStart) + digits_of(file, file.size()) + "\n");
}

FileSeal file_seal(const std::filesystem::path& path) {
  const std::optional<File> file = File::try_open(path, O_RDONLY);
  if (!file || file->size() < kSealBytes) return FileSeal::none;
  const std::uint64_t sealed = file->size() - kSealBytes;
  std::string seal(kSealBytes, '\0');
  read_at(*file, sealed, seal.data(), seal.size());
  if (!seal.starts_with(kStart)) return FileSeal::none;
  return seal.substr(kStart.size(), kDigits) == digits_of(*file, sealed) ? FileSeal::holds : FileSeal::broken;
}

}  // namespace c3d
