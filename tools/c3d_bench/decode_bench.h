// How fast one thread reads videos and resizes their frames to C3D's 171x128.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "data/video_reader.h"

namespace c3d {

struct DecodeTimes {
  std::vector<std::filesystem::path> files;  // that decode, in order
  std::int64_t frames = 0;                   // of all of them
  std::vector<double> seconds, cpu_seconds;  // of each pass over all files; the second without waits
  ReadingTime reading;                       // of all passes
};

// In order. Error: no such folder.
std::vector<std::filesystem::path> videos_to_decode(const std::filesystem::path& folder);
// Every video below `folder`, `repeats` times after one to warm up. Error: none of them decodes.
DecodeTimes measure_decoding(const std::filesystem::path& folder, int repeats);

std::string decode_table(const DecodeTimes& times);
std::string decode_json(const DecodeTimes& times, const std::string& command);

}  // namespace c3d
