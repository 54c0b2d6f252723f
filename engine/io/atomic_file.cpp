#include "engine/io/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <utility>

#include "engine/core/error.h"
#include "engine/io/file_names.h"

namespace c3d {
namespace {

namespace fs = std::filesystem;

constexpr int kMostWriters = 1000;  // of one file at a time
constexpr int kAttempts = 100;      // each of them lost to a writer that ended just then
// After so long a part that cannot be locked is thought to be a killed writer's: longer than any file takes to be written, and than
// the clocks of two hosts differ.
constexpr std::chrono::hours kOldPart{24};
constexpr int kPartFlags = O_RDWR | O_NOFOLLOW | O_NONBLOCK;

// Why a name that is taken cannot be opened: another user's file, a link, a socket, a folder.
bool is_of_others(int code) {
  return code == EACCES || code == EPERM || code == ELOOP || code == ENXIO || code == EISDIR;
}

bool is_old(const fs::path& part) {
  std::error_code error;
  const fs::file_time_type changed = fs::last_write_time(part, error);
  return !error && fs::file_time_type::clock::now() - changed > kOldPart;
}

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
  while (!take_part(number_)) {
    ++number_;
    expect(number_ < kMostWriters, "cannot write {}: {} others write it at this moment", path_, kMostWriters);
  }
}

fs::path AtomicFile::name_of_part(int number) const {
  const std::string ending = fmt::format(".{}.part", number);
  return path_.parent_path() / short_name("." + path_.filename().string(), ending);
}

// False: another writer has it, or it is none of ours.
bool AtomicFile::take_part(int number) {
  part_ = name_of_part(number);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    std::optional<File> part = File::try_open(part_, kPartFlags | O_CREAT | O_EXCL);
    int code = errno;
    const bool is_new = bool(part);
    if (!part && code != EEXIST) fail_to_write(path_, code);
    if (!part) {
      part = File::try_open(part_, kPartFlags);
      code = errno;
      if (!part && code == ENOENT) continue;  // its writer renamed or removed it just now
      if (!part && is_of_others(code)) return false;
      if (!part) fail_to_write(path_, code);
    }
    if (!part->is_regular()) return false;
    const Lock lock = part->try_lock();
    if (lock == Lock::none && !is_new && is_old(part_) && ::unlink(part_.c_str()) == 0) continue;
    // Where the file system has no locks, only a new part is sure to be nobody else's.
    if (lock == Lock::busy || (lock == Lock::none && !is_new)) return false;
    if (file_identity(part_) != part->identity()) continue;  // renamed or removed between opening and locking
    part->call_it(path_);
    file_ = std::move(*part);
    if (!is_new) file_.truncate(0);
    return true;
  }
  return false;
}

// Of writers that were killed while others were at work: nobody would use those again.
void AtomicFile::remove_abandoned_parts() const {
  for (int number = number_ + 1; number < kMostWriters; ++number) {
    const fs::path name = name_of_part(number);
    const std::optional<File> part = File::try_open(name, kPartFlags);
    if (!part) return;
    if (part->is_regular() && part->try_lock() == Lock::held && file_identity(name) == part->identity()) {
      ::unlink(name.c_str());
    }
  }
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
  remove_abandoned_parts();
  sync_folder_of(path_);
}

void write_file(const fs::path& path, std::string_view text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

}  // namespace c3d
