// Writes a zip file of stored (not packed) entries whose contents start at multiples of 64 bytes, as PyTorch
// lays them out so that a reader may map them. At most 4 GiB. The zip is whole after finish(). Method: PKWARE
// APPNOTE 6.3; checksums by zlib.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/io/atomic_file.h"

namespace c3d {

class ZipWriter {
 public:
  explicit ZipWriter(AtomicFile& file) : file_(file) {}  // which it does not commit

  void add(const std::string& name, std::span<const std::byte> content);
  void add(const std::string& name, std::string_view content);
  void finish();

 private:
  void write(std::string_view bytes);

  struct Entry {
    std::string name;
    std::uint32_t checksum, bytes, offset;
  };
  AtomicFile& file_;
  std::uint64_t offset_ = 0;
  std::vector<Entry> entries_;
};

}  // namespace c3d
