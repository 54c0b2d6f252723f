#include "engine/io/atomic_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <utility>

#include "engine/core/error.h"
#include "engine/io/file_names.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

constexpr int kMostWriters = 1000;  // of one file at a time

}  // namespace

AtomicFile::AtomicFile(const fs::path& path)
    : path_(is_replaceable(path) ? followed(path) : path), replaces_(is_replaceable(path)) {
  std::error_code error;
  expect(!fs::is_directory(path_, error), "cannot write {}: it is a folder", path_);
  if (!replaces_) {
    file_ = File::temporary();
    part_ = fmt::format("/proc/self/fd/{}", file_.descriptor());
    return;
  }
  for (int number = 0; !take_part(number); ++number) {
    expect(number < kMostWriters, "cannot write {}: {} others write it at this moment", path_, kMostWriters);
  }
}

// False: another writer has it.
bool AtomicFile::take_part(int number) {
  part_ = path_.parent_path() / short_name("." + path_.filename().string(), fmt::format(".{}.part", number));
  std::optional<File> part = File::try_open(part_, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK);
  const int code = errno;
  if (!part && code == EACCES && file_identity(part_)) return false;  // it is another user's
  if (!part) fail_to_write(path_, code);
  // Where the file system has no locks, the first part is taken as it is.
  if (::flock(part->descriptor(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) return false;
  // Between opening and locking, its writer may have renamed or removed it.
  if (file_identity(part_) != part->identity()) return take_part(number);
  part->call_it(path_);
  try {
    part->truncate(0);
  } catch (const Error&) {
    ::unlink(part_.c_str());
    throw;
  }
  file_ = std::move(*part);
  return true;
}

AtomicFile::~AtomicFile() {
  if (file_ && replaces_) ::unlink(part_.c_str());
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  expect(bool(file_), "{} is written already", path_);
  file_.write(bytes);
}

void AtomicFile::write(std::string_view text) { write(std::as_bytes(std::span(text.data(), text.size()))); }

void AtomicFile::copy_to_stream() {
  File stream = File::stream_to(path_);
  std::array<std::byte, 1 << 16> block{};
  const std::uint64_t bytes = file_.size();
  for (std::uint64_t at = 0; at < bytes; at += block.size()) {
    const auto piece = std::span(block).first(std::min<std::uint64_t>(block.size(), bytes - at));
    expect(file_.read_at(at, piece), "cannot write {}: its temporary file was cut", path_);
    stream.write(piece);
  }
  stream.close();
  file_.close();
}

void AtomicFile::commit() {
  expect(bool(file_), "{} is written already", path_);
  if (!replaces_) return copy_to_stream();
  file_.sync();
  if (std::rename(part_.c_str(), path_.c_str()) != 0) fail_to_write(path_, errno);
  file_.close();
  sync_folder_of(path_);
}

void write_file(const fs::path& path, std::string_view text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

}  // namespace c3d
