// Which files hold the same bytes.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <vector>

#include "c3d/check/findings.h"

namespace c3d {

// Groups of places in `files`, rising, each of two or more. Files of one size are told apart by their
// SHA-256; names of one file (links) are equal unread. Folders, empty files and what cannot be read have no
// equals.
// `progress` is called by one thread at a time, counts the files that are read, and may throw to end it.
std::vector<std::vector<std::size_t>> equal_files(const std::vector<std::filesystem::path>& files,
                                                  int threads, const CountCallback& progress);

}  // namespace c3d
