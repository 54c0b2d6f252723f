// Writes synthetic scenes as video files, one folder per class: what c3d_train reads. Files are the same for
// the same options, whatever the number of threads.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "engine/core/parallel_items.h"
#include "tools/c3d_synth/scene.h"

namespace c3d {

enum class Play : std::uint8_t {
  forward,
  backward,  // the same frames, last one first
  still      // the middle frame of forward, sixteen times
};
Play parse_play(const std::string& name);

struct VideoSetOptions {
  std::filesystem::path folder;
  std::uint32_t per_class = 100;
  std::uint64_t seed = 1;
  Look look = Look::train;
  Play play = Play::forward;
  int frames = 32;
  // At widths that are no multiple of 128, libx264 (core 164) decides by memory it never wrote, and the files
  // differ from run to run in ways nobody sees.
  int width = 128, height = 96;
  int threads = 1;
};

// FOLDER/CLASS/CLASS_0001.mp4 and so on, H.264 with B-frames and a key frame at the start only.
// progress(done, total) is called from one thread at a time.
void write_video_set(const VideoSetOptions& options, const ItemProgress& progress);

}  // namespace c3d
