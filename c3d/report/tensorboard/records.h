// The frame of TensorFlow's record files (TFRecord), without compression: of each record its length (8 bytes,
// the lowest first), the masked CRC-32C of these, its bytes, and theirs. A writer that was killed leaves a
// last record that is cut off; readers stop before it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "engine/io/file.h"

namespace c3d {

// The sum turned by 15 bits, plus a constant: records may hold sums, and sums of sums are poor ones.
std::uint32_t masked_crc32c(std::string_view bytes);

std::string framed(std::string_view record);

// Reads the records of a file one by one. One thread.
class RecordReader {
 public:
  explicit RecordReader(const std::filesystem::path& path);
  // nullopt: the file ends here, or its next record is cut off or damaged; whole_bytes() says where.
  std::optional<std::string> next();
  std::uint64_t whole_bytes() const { return at_; }  // of the records that were read

 private:
  File file_;
  std::uint64_t bytes_, at_ = 0;
};

}  // namespace c3d
