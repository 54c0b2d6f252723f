#include "tools/c3d_infer/feature_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "engine/core/error.h"
#include "engine/io/atomic_file.h"
#include "tools/shared/npy.h"

namespace c3d {

FeatureFile::FeatureFile(std::filesystem::path path, std::int64_t size)
    : path_(std::move(path)), size_(size), waiting_(std::tmpfile()) {
  expect(waiting_ != nullptr, "{}: no temporary file can be made for its rows: {}", path_.string(),
         std::generic_category().message(errno));
}

void FeatureFile::add(std::span<const float> row) {
  expect(static_cast<std::int64_t>(row.size()) == size_, "{}: a row of {} values instead of {}",
         path_.string(), row.size(), size_);
  expect(std::fwrite(row.data(), sizeof(float), row.size(), waiting_.get()) == row.size(),
         "{}: its rows do not fit into the folder for temporary files: {}", path_.string(),
         std::generic_category().message(errno));
  ++rows_;
}

void FeatureFile::finish() {
  AtomicFile file(path_);
  file.write(npy_header(rows_, size_));
  std::rewind(waiting_.get());
  std::array<std::byte, 1 << 16> block;
  std::size_t left = static_cast<std::size_t>(rows_ * size_) * sizeof(float);
  while (left > 0) {
    const std::size_t count = std::fread(block.data(), 1, std::min(left, block.size()), waiting_.get());
    expect(count > 0, "{}: its rows cannot be read back from the temporary file", path_.string());
    file.write(std::span<const std::byte>(block.data(), count));
    left -= count;
  }
  file.commit();
}

}  // namespace c3d
