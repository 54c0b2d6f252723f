// A table of features that grows clip by clip, for videos of any length: rows wait in an unnamed file, since
// the .npy header before them says how many there are.
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <span>

#include "engine/core/handle.h"

namespace c3d {

class FeatureFile {
 public:
  FeatureFile(std::filesystem::path path, std::int64_t size);  // of a row
  void add(std::span<const float> row);
  void finish();  // writes `path` atomically; without it, nothing is written

 private:
  std::filesystem::path path_;
  std::int64_t size_, rows_ = 0;
  Handle<std::FILE, std::fclose> waiting_;
};

}  // namespace c3d
