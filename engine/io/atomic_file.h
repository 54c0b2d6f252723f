// Writes a file so that a reader, or a crash at any moment, sees the old one or the new one whole: beside it,
// synced, renamed over it, and the folder synced. A link is followed: what it leads to is replaced. A pipe, a
// device or a terminal is written to as it stands, never replaced; it gets the bytes at commit(). Errors name
// the file and the cause (disk full, no such folder ...).
//
// The bytes wait in `.NAME.0.part`, which its writer locks; a part that a killed writer left is used again by
// the next, and while one is at work another takes `.NAME.1.part`. Whatever else has such a name (a folder, a
// pipe, another user's file) is passed over. On a file system without locks (NFS may have none) a writer takes no other's part, and
// removes one that is a day old. One thread at a time.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "engine/io/file.h"

namespace c3d {

class AtomicFile {
 public:
  explicit AtomicFile(const std::filesystem::path& path);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();  // without commit(): the part is removed, the old file stays

  void write(std::span<const std::byte> bytes);
  void write(std::string_view text);
  void commit();
  // Where the bytes stand until commit(), for libraries that write a file by its name.
  const std::filesystem::path& part() const { return part_; }
  // No other process wrote this file when this object was made.
  bool is_first_writer() const { return number_ == 0; }

 private:
  std::filesystem::path name_of_part(int number) const;
  bool take_part(int number);
  void remove_abandoned_parts() const;
  void copy_to_stream();

  std::filesystem::path path_, part_;
  bool replaces_ = true;
  int number_ = 0;  // of the part
  File file_;
};

void write_file(const std::filesystem::path& path, std::string_view text);  // all of it, atomically

}  // namespace c3d
