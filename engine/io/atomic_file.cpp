#include "engine/io/atomic_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <random>
#include <system_error>
#include <utility>

#include "engine/core/error.h"

namespace c3d {
namespace {

constexpr std::string_view kPartSuffix = ".part";
constexpr int kNameAttempts = 100;

[[noreturn]] void fail_with_errno(int code, const std::filesystem::path& path) {
  if (code == ENOENT) {
    fail("cannot write {}: there is no folder {}; create it first", path.string(),
         path.parent_path().string());
  }
  fail("cannot write {}: {}", path.string(), std::generic_category().message(code));
}

// The file itself where the path is a link to it, so that the link survives.
std::filesystem::path resolved(const std::filesystem::path& path) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) return std::filesystem::absolute(path);
  expect(std::filesystem::is_regular_file(status),
         "cannot write {}: it is there already and is no regular file", path.string());
  return std::filesystem::canonical(path);
}

std::string part_prefix(const std::filesystem::path& path) { return "." + path.filename().string() + "."; }

// A writer that was killed leaves its part behind. The lock that a living writer holds tells the two apart.
void remove_abandoned_parts(const std::filesystem::path& path) {
  const std::string prefix = part_prefix(path);
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(path.parent_path(), error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(prefix) || !name.ends_with(kPartSuffix) ||
        name.size() != prefix.size() + 6 + kPartSuffix.size()) {
      continue;
    }
    const int part = ::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (part < 0) continue;
    if (::flock(part, LOCK_EX | LOCK_NB) == 0) ::unlink(entry.path().c_str());
    ::close(part);
  }
}

std::string random_letters() {
  std::random_device source;
  std::string letters(6, ' ');
  for (char& letter : letters) letter = "abcdefghijklmnopqrstuvwxyz012345"[source() % 32];
  return letters;
}

void sync_folder(const std::filesystem::path& path) {
  const int folder = ::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) fail_with_errno(errno, path);
  const int status = ::fsync(folder);
  const int code = errno;
  ::close(folder);
  // EINVAL: a file system that cannot sync folders.
  if (status != 0 && code != EINVAL) fail_with_errno(code, path);
}

}  // namespace

AtomicFile::AtomicFile(const std::filesystem::path& path) : path_(resolved(path)) {
  remove_abandoned_parts(path_);
  // Not mkstemp: its files are for the owner alone, these follow the umask.
  for (int attempt = 0; file_ < 0; ++attempt) {
    part_ = path_.parent_path() / (part_prefix(path_) + random_letters() + std::string(kPartSuffix));
    file_ = ::open(part_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file_ < 0 && (errno != EEXIST || attempt == kNameAttempts)) fail_with_errno(errno, path_);
  }
  ::flock(file_, LOCK_EX | LOCK_NB);
}

AtomicFile::~AtomicFile() {
  if (file_ < 0) return;
  ::unlink(part_.c_str());
  ::close(file_);
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  expect(file_ >= 0, "{} is written already", path_.string());
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_with_errno(errno, path_);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void AtomicFile::write(std::string_view text) { write(std::as_bytes(std::span(text.data(), text.size()))); }

void AtomicFile::commit() {
  expect(file_ >= 0, "{} is written already", path_.string());
  if (::fsync(file_) != 0) fail_with_errno(errno, path_);
  if (std::rename(part_.c_str(), path_.c_str()) != 0) fail_with_errno(errno, path_);
  if (::close(std::exchange(file_, -1)) != 0) fail_with_errno(errno, path_);
  sync_folder(path_);
}

void write_file(const std::filesystem::path& path, std::string_view text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

}  // namespace c3d
