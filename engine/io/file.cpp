#include "engine/io/file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "engine/core/error.h"
#include "engine/io/file_names.h"
#include "engine/io/read_error.h"

namespace c3d {
namespace {

FileIdentity identity_of(const struct stat& facts) {
  return {static_cast<std::uint64_t>(facts.st_dev), static_cast<std::uint64_t>(facts.st_ino)};
}

template <typename Call>
int again_if_interrupted(const Call& call) {
  int result = -1;
  do {
    result = call();
  } while (result < 0 && errno == EINTR);
  return result;
}

int open_descriptor(const std::filesystem::path& path, int flags) {
  return again_if_interrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC, 0666); });
}

// 0: all is on the disk, or there is nothing to sync: pipes and devices, and file systems that know no sync
// of files or folders.
int sync_error(int descriptor) {
  if (again_if_interrupted([&] { return ::fsync(descriptor); }) == 0) return 0;
  const int code = errno;
  const bool harmless = code == EINVAL || code == EROFS || code == EOPNOTSUPP || code == ENOSYS;
  return harmless ? 0 : code;
}

// A pipe that another program made non-blocking says EAGAIN where it is full. False: `code` is something
// else.
bool wait_for_room(int descriptor, int code) {
  if (code != EAGAIN) return false;
  pollfd wanted{.fd = descriptor, .events = POLLOUT, .revents = 0};
  again_if_interrupted([&] { return ::poll(&wanted, 1, -1); });
  return true;
}

struct stat facts_of(const File& file) {
  struct stat facts {};
  const int status = ::fstat(file.descriptor(), &facts);
  const int code = errno;
  expect(status == 0, "{}: {}", file.path(), errno_text(code));
  return facts;
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
  std::error_code unknown;
  if (code == ENOENT && !std::filesystem::is_directory(path.parent_path(), unknown)) {
    fail("cannot write {}: there is no folder {}; create it first", path, path.parent_path());
  }
  fail("cannot write {}: {}", path, errno_text(code));
}

File::File(std::filesystem::path path, int flags) : path_(std::move(path)) {
  descriptor_ = open_descriptor(path_, flags);
  if (descriptor_ >= 0) return;
  const int code = errno;
  if ((flags & O_CREAT) != 0 || (flags & O_ACCMODE) != O_RDONLY) fail_to_write(path_, code);
  fail("cannot open {}: {}", path_, errno_text(code));
}

std::optional<File> File::try_open(const std::filesystem::path& path, int flags) {
  const int descriptor = open_descriptor(path, flags);
  if (descriptor < 0) return std::nullopt;
  return of_descriptor(path, descriptor);
}

File File::stream_to(const std::filesystem::path& path) {
  const std::optional<int> named = named_descriptor(path);
  if (!named) return {path, O_WRONLY | O_APPEND};
  const int copy = ::fcntl(*named, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) fail_to_write(path, errno);
  return of_descriptor(path, copy);
}

File File::temporary() {
  const char* named = std::getenv("TMPDIR");
  const std::filesystem::path folder = named != nullptr && *named != '\0' ? named : "/tmp";
  int descriptor = open_descriptor(folder, O_RDWR | O_TMPFILE);
  if (descriptor < 0) {  // file systems that know no files without names
    std::string name = (folder / "c3d.XXXXXX").string();
    descriptor = ::mkostemp(name.data(), O_CLOEXEC);
    const int code = errno;
    expect(descriptor >= 0, "{}: no temporary file can be made here (TMPDIR): {}", folder, errno_text(code));
    ::unlink(name.c_str());
  }
  // The name stands in errors: it says where there is no room.
  return of_descriptor(folder / "(temporary file; TMPDIR says where)", descriptor);
}

File File::of_descriptor(std::filesystem::path path, int descriptor) {
  File file;
  file.path_ = std::move(path);
  file.descriptor_ = descriptor;
  return file;
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
    if (written < 0 && (code == EINTR || wait_for_room(descriptor_, code))) continue;
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
    if (got < 0) fail_to_read("{}: reading failed: {}", path_, errno_text(code));
    if (got == 0) return false;
    out = out.subspan(static_cast<std::size_t>(got));
    at += static_cast<std::uint64_t>(got);
  }
  return true;
}

std::uint64_t File::size() const { return static_cast<std::uint64_t>(facts_of(*this).st_size); }

void File::truncate(std::uint64_t bytes) {
  const int status =
      again_if_interrupted([&] { return ::ftruncate(descriptor_, static_cast<off_t>(bytes)); });
  if (status != 0) fail_to_write(path_, errno);
}

void File::sync() {
  if (const int code = sync_error(descriptor_)) fail_to_write(path_, code);
}

void File::close() {
  if (::close(std::exchange(descriptor_, -1)) != 0 && errno != EINTR) fail_to_write(path_, errno);
}

FileIdentity File::identity() const { return identity_of(facts_of(*this)); }

bool File::is_regular() const { return S_ISREG(facts_of(*this).st_mode); }

Lock File::try_lock() const {
  if (again_if_interrupted([&] { return ::flock(descriptor_, LOCK_EX | LOCK_NB); }) == 0) return Lock::held;
  return errno == EWOULDBLOCK ? Lock::busy : Lock::none;
}

void sync_folder_of(const std::filesystem::path& path) {
  const std::filesystem::path parent = std::filesystem::absolute(path).parent_path();
  const int folder = open_descriptor(parent, O_RDONLY | O_DIRECTORY);
  if (folder < 0) {
    const int code = errno;
    if (code == EACCES) return;  // a folder that may be written to, but not read, cannot be synced
    fail_to_write(path, code);
  }
  const int code = sync_error(folder);
  ::close(folder);
  if (code != 0) fail_to_write(path, code);
}

}  // namespace c3d
