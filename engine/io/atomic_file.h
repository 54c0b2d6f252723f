// Writes a file so that a reader, or a crash at any moment, sees the old one or the new one whole: beside it,
// synced, renamed over it, and the folder synced. Errors name the file and the cause (disk full, no such
// folder ...).
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

namespace c3d {

class AtomicFile {
 public:
  explicit AtomicFile(const std::filesystem::path& path);  // opens `.NAME.XXXXXX.part` beside it
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();  // without commit(): the part is removed, the old file stays

  void write(std::span<const std::byte> bytes);
  void write(std::string_view text);
  void commit();
  // Where the bytes stand until commit(), for libraries that write a file by its name.
  const std::filesystem::path& part() const { return part_; }

 private:
  std::filesystem::path path_, part_;
  int file_ = -1;
};

void write_file(const std::filesystem::path& path, std::string_view text);  // all of it, atomically

}  // namespace c3d
