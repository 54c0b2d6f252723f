// Small pictures of videos for the page of a check: three frames of each beside each other.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "c3d/check/collection.h"
#include "c3d/check/findings.h"

namespace c3d {

struct VideoPicture {
  std::string jpeg;  // bytes of the file; empty: its frames could not be read
  int width = 0, height = 0;
};

// Of these videos of the collection, each once, as many as `most`: a page must not grow with the collection.
// Frames come from the cache where they are there. `progress` is called by one thread at a time.
std::map<std::filesystem::path, VideoPicture> video_pictures(const Collection& collection,
                                                             const std::vector<std::filesystem::path>& files,
                                                             std::size_t most, const CountCallback& progress);

}  // namespace c3d
