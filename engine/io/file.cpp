#include "engine/io/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "engine/core/error.h"
#include "engine/io/file_names.h"

namespace c3d {
namespace {

FileIdentity identity_of(const struct stat& facts) {
  return {static_cast<std::uint64_t>(facts.st_dev), static_cast<std::uint64_t>(facts.st_ino)};
}

int open_again_if_interrupted(const std::filesystem::path& path, int flags) {
  int descriptor = -1;
  do {
    descriptor = ::open(path.c_str(), flags | O_CLOEXEC, 0666);
  } while (descriptor < 0 && errno == EINTR);
  return descriptor;
}

}  // namespace

std::string errno_text(int code) {
  switch (code) {
    case ENOSPC:
      return "the disk is full";
    case EDQUOT:
      return "the disk quota is used up";
    case EFBIG:
      return "the file would be larger than this process may write (ulimit -f)";
    case EMFILE:
      return "this process may open no more files (ulimit -n)";
    case EROFS:
      return "the file system can only be read";
    default:
      return std::generic_category().message(code);
  }
}

std::optional<FileIdentity> file_identity(const std::filesystem::path& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) return std::nullopt;
  return identity_of(facts);
}

void fail_to_write(const std::filesystem::path& path, int code) {
  if (code == ENOENT) {
    fail("cannot write {}: there is no folder {}; create it first", path, path.parent_path());
  }
  fail("cannot write {}: {}", path, errno_text(code));
}

File::File(std::filesystem::path path, int flags) : path_(std::move(path)) {
  descriptor_ = open_again_if_interrupted(path_, flags);
  if (descriptor_ >= 0) return;
  const int code = errno;
  if ((flags & O_CREAT) != 0 || (flags & O_ACCMODE) != O_RDONLY) fail_to_write(path_, code);
  fail("cannot open {}: {}", path_, errno_text(code));
}

std::optional<File> File::try_open(const std::filesystem::path& path, int flags) {
  const int descriptor = open_again_if_interrupted(path, flags);
  if (descriptor < 0) return std::nullopt;
  return File(path, descriptor, true);
}

File File::stream_to(const std::filesystem::path& path) {
  const std::optional<int> named = named_descriptor(path);
  if (!named) return {path, O_WRONLY | O_APPEND};
  const int copy = ::fcntl(*named, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) fail_to_write(path, errno);
  return {path, copy, true};
}

File File::temporary() {
  const char* named = std::getenv("TMPDIR");
  const std::filesystem::path folder = named != nullptr && *named != '\0' ? named : "/tmp";
  int descriptor = open_again_if_interrupted(folder, O_RDWR | O_TMPFILE);
  if (descriptor < 0) {  // file systems that know no files without names
    std::string name = (folder / "c3d.XXXXXX").string();
    descriptor = ::mkostemp(name.data(), O_CLOEXEC);
    const int code = errno;
    expect(descriptor >= 0, "{}: no temporary file can be made here (TMPDIR): {}", folder, errno_text(code));
    ::unlink(name.c_str());
  }
  return {folder / "(temporary file)", descriptor, true};
}

File::File(File&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

File& File::operator=(File&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

File::~File() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void File::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    const int code = errno;
    if (written < 0 && code == EINTR) continue;
    if (written < 0) fail_to_write(path_, code);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void File::write(std::string_view text) { write(std::as_bytes(std::span(text.data(), text.size()))); }

bool File::read_at(std::uint64_t at, std::span<std::byte> out) const {
  while (!out.empty()) {
    const ssize_t got = ::pread(descriptor_, out.data(), out.size(), static_cast<off_t>(at));
    const int code = errno;
    if (got < 0 && code == EINTR) continue;
    expect(got >= 0, "{}: reading failed: {}", path_, errno_text(code));
    if (got == 0) return false;
    out = out.subspan(static_cast<std::size_t>(got));
    at += static_cast<std::uint64_t>(got);
  }
  return true;
}

std::uint64_t File::size() const {
  struct stat facts {};
  const int status = ::fstat(descriptor_, &facts);
  const int code = errno;
  expect(status == 0, "{}: {}", path_, errno_text(code));
  return static_cast<std::uint64_t>(facts.st_size);
}

void File::truncate(std::uint64_t bytes) {
  if (::ftruncate(descriptor_, static_cast<off_t>(bytes)) != 0) fail_to_write(path_, errno);
}

void File::sync() {
  // EINVAL, EROFS: pipes, devices and file systems that have nothing to sync.
  if (::fsync(descriptor_) != 0 && errno != EINVAL && errno != EROFS) fail_to_write(path_, errno);
}

void File::close() {
  if (::close(std::exchange(descriptor_, -1)) != 0 && errno != EINTR) fail_to_write(path_, errno);
}

FileIdentity File::identity() const {
  struct stat facts {};
  const int status = ::fstat(descriptor_, &facts);
  const int code = errno;
  expect(status == 0, "{}: {}", path_, errno_text(code));
  return identity_of(facts);
}

void sync_folder_of(const std::filesystem::path& path) {
  const std::filesystem::path parent = std::filesystem::absolute(path).parent_path();
  const int folder = open_again_if_interrupted(parent, O_RDONLY | O_DIRECTORY);
  if (folder < 0) {
    const int code = errno;
    if (code == EACCES) return;  // a folder that may be written to, but not read, cannot be synced
    fail_to_write(path, code);
  }
  const int status = ::fsync(folder);
  const int code = errno;
  ::close(folder);
  // EINVAL: a file system that cannot sync folders.
  if (status != 0 && code != EINVAL) fail_to_write(path, code);
}

}  // namespace c3d
