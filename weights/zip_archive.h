// A zip file in memory, read through libzip: PyTorch's and NumPy's archives are such files. Looks into bytes
// that it does not own and that must outlive it; one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>

namespace c3d {

class ZipArchive {
 public:
  // Checks the directory of entries: names, kinds, sizes against the file's (a zip bomb is refused).
  explicit ZipArchive(std::span<const std::byte> file);
  ZipArchive(const ZipArchive&) = delete;
  ZipArchive& operator=(const ZipArchive&) = delete;
  ~ZipArchive();

  struct Content {
    std::shared_ptr<const std::byte[]> bytes;
    std::size_t size = 0;
  };
  struct Entry {
    std::uint64_t index, bytes;
  };
  const std::map<std::string, Entry>& entries() const { return entries_; }  // by name
  bool has(const std::string& name) const { return entries_.contains(name); }
  std::uint64_t size(const std::string& name) const;  // an Error if it is not there
  // Its size is checked to be at most `most` before memory is taken; its checksum, too.
  Content read(const std::string& name, std::uint64_t most) const;

 private:
  class Zip;
  std::unique_ptr<Zip> zip_;
  std::map<std::string, Entry> entries_;

  void list(std::uint64_t file_bytes);
};

}  // namespace c3d
