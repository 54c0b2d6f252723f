// Small pictures of videos for the page of a check: three frames of each beside each other.
#pragma once

#include <filesystem>
#include <map>
#include <vector>

#include "c3d/check/collection.h"
#include "c3d/check/findings.h"
#include "c3d/report/thumbnails/frame_strip.h"

namespace c3d {

using FrameStrips = std::map<std::filesystem::path, FrameStrip>;

// Of these videos of the collection, each once. Frames come from the cache where they are there; of what
// could not be read the JPEG is empty. `progress` is called by one thread at a time, and may throw to end it.
FrameStrips video_pictures(const Collection& collection, const std::vector<std::filesystem::path>& files,
                           const CountCallback& progress);

}  // namespace c3d
