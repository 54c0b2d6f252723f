// The synthetic world (data/synth/world.h) as video files and as a picture of its scenes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/core/parallel_items.h"

namespace c3d {

struct WorldSetOptions {
  std::filesystem::path folder;
  std::vector<std::string> classes;  // names; none: all
  std::uint32_t per_class = 100;
  std::uint64_t seed = 1;
  int frames = 32;                // of a video, which shows about a second whatever their number
  int width = 256, height = 192;  // see VideoSetOptions on widths
  int threads = 1;
};

// FOLDER/CLASS/CLASS_0001.mp4 and so on, and FOLDER/attributes.jsonl: a line for each video
// with every attribute of its scene. Lines that stand there already stay, in front of the new ones, where their
// video is still there and is not written anew: a folder can be grown class by class. In a new folder the same
// files for the same options, whatever the number of threads, at widths that are multiples of 128 (see
// VideoSetOptions).
// Error: a class has no such name, attributes.jsonl holds other lines, or a file cannot be written.
void write_world_set(const WorldSetOptions& options, const ItemProgress& progress);

// A row of frames for each of the first scenes of each class that write_world_set() would write, some 400 rows
// at most.
void show_world(const std::filesystem::path& png, const WorldSetOptions& options);

}  // namespace c3d
