// A file of the system by its descriptor: every read and write in whole, each failure an Error that names the
// file and the cause as it was when the call failed. The one way in which this program opens, writes and
// syncs files; AtomicFile, FileLock and the files that grow are made of it. Any thread may read at a place of
// its own; else one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace c3d {

// What an errno says, in words of ours where the system's mislead.
std::string errno_text(int code);

// Tells files apart however they are called: links and hard links of a file, and other spellings in a folder
// that does not tell cases apart, have the same.
struct FileIdentity {
  std::uint64_t device = 0, inode = 0;
  auto operator<=>(const FileIdentity&) const = default;
};
std::optional<FileIdentity> file_identity(const std::filesystem::path& path);  // nullopt: not there

enum class Lock : std::uint8_t {
  held,
  busy,  // another has it
  none,  // this file system has no locks
};

class File {
 public:
  File() = default;  // none
  // O_CLOEXEC is added to `flags`. Error: "cannot open PATH: why"; of a file that would be made in a folder
  // that is not there, what to do.
  File(std::filesystem::path path, int flags);
  static std::optional<File> try_open(const std::filesystem::path& path, int flags);  // errno says why not
  // To write to what is_replaceable() says must not be replaced, behind what it holds.
  static File stream_to(const std::filesystem::path& path);
  // A file without a name, gone when it is closed, in the folder for temporary files (TMPDIR, else /tmp).
  static File temporary();
  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  ~File();

  explicit operator bool() const { return descriptor_ >= 0; }
  int descriptor() const { return descriptor_; }
  const std::filesystem::path& path() const { return path_; }
  // The name that errors use, where people know another than its path.
  void call_it(std::filesystem::path name) { path_ = std::move(name); }

  void write(std::span<const std::byte> bytes);
  void write(std::string_view text);
  // All of `out` from byte `at` on; false: the file ends before. ReadError: the disk or network fails.
  bool read_at(std::uint64_t at, std::span<std::byte> out) const;
  std::uint64_t size() const;
  void truncate(std::uint64_t bytes);
  void sync();   // returns when the bytes are on the disk
  void close();  // an Error where the system says only now that bytes were lost
  FileIdentity identity() const;
  bool is_regular() const;  // no pipe, device or folder
  Lock try_lock() const;    // for this object alone, until it is closed

 private:
  static File of_descriptor(std::filesystem::path path, int descriptor);

  std::filesystem::path path_;
  int descriptor_ = -1;
};

// The name `path` of a new or replaced file is on the disk too when this returns.
void sync_folder_of(const std::filesystem::path& path);
[[noreturn]] void fail_to_write(const std::filesystem::path& path, int code);

}  // namespace c3d
