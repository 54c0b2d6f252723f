#include "c3d/inference/file_digest.h"

#include <sys/stat.h>

#include <utility>

#include "engine/core/error.h"
#include "weights/sha256.h"
#include "weights/weights_file.h"

namespace c3d {

FileDigest::FileDigest(std::filesystem::path file) : file_(std::move(file)), before_(state_of(file_)) {
  digits_ = std::async(std::launch::async, [name = file_] { return file_sha256(name); });
}

std::string FileDigest::digits() {
  std::string digits = digits_.get();
  expect(before_ && before_ == state_of(file_), "{} was changed while it was read; run again", file_);
  return digits;
}

std::optional<FileDigest::State> FileDigest::state_of(const std::filesystem::path& file) {
  struct stat facts {};
  if (::stat(file.c_str(), &facts) != 0) return std::nullopt;
  return State{{static_cast<std::uint64_t>(facts.st_dev), static_cast<std::uint64_t>(facts.st_ino)},
               static_cast<std::uint64_t>(facts.st_size),
               std::int64_t{facts.st_mtim.tv_sec} * 1'000'000'000 + facts.st_mtim.tv_nsec};
}

std::string weights_digest(const std::filesystem::path& weights) {
  return FileDigest(weights_file(weights)).digits();
}

}  // namespace c3d
