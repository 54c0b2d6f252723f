// A whole regular file read into memory that the object owns, so that nothing that happens to the file later
// (another process cuts it, its disk goes away) is felt: a map of it would end the process then. Any thread
// may read it. Errors do not all name the file: the reader that knows what it was to be adds that.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <vector>

namespace c3d {

class WholeFile {
 public:
  // An Error for all but a regular, filled file that fits this machine's memory.
  explicit WholeFile(const std::filesystem::path& path);
  WholeFile(const WholeFile&) = delete;
  WholeFile& operator=(const WholeFile&) = delete;
  ~WholeFile();

  std::span<const std::byte> bytes() const { return {data_, size_}; }

 private:
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

// The first bytes of a file, at most `most`: what tells its format. Errors as above.
std::vector<std::byte> file_head(const std::filesystem::path& path, std::size_t most);

}  // namespace c3d
