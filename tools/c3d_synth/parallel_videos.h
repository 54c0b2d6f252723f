// Writes many videos at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace c3d {

using VideoProgress = std::function<void(std::int64_t done, std::int64_t total)>;

// Makes FOLDER and a folder below it for each name. Error: one cannot be made.
void make_class_folders(const std::filesystem::path& folder, const std::vector<std::string>& names);

// Calls write(0) to write(total - 1) from `threads` threads, progress from one at a time: with 0 before the
// first begins, then after each that did not throw. After the first that throws no more begin, and it is
// thrown here.
void write_in_parallel(std::int64_t total, int threads, const std::function<void(std::int64_t)>& write,
                       const VideoProgress& progress);

}  // namespace c3d
