// A whole file mapped for reading; the object owns the map, which outlives the file's name. Any thread may
// read it. Errors do not name the file: the reader that knows what it was to be adds that.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace c3d {

class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& path);  // an Error for all but a regular, filled file
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return {data_, size_}; }

 private:
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace c3d
